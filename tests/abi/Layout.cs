// SPDX-License-Identifier: MIT
// Reads what tests/abi/layout.c prints ("mn_event 96", "mn_event.who 4", "MN_OK 0") and the names of all exported
// functions ("mn_version()"), and compares them with examples/unity/MirageNet.cs. Nothing may be missing on either side.
using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.InteropServices;
using MirageNetNative;

static class Layout
{
    static int wrong, compared;
    static readonly HashSet<string> seen = new HashSet<string>();

    static void Fail(string text)
    {
        Console.WriteLine("differs: " + text);
        wrong++;
    }

    static void Compare(string name, long theirs, long ours)
    {
        compared++;
        seen.Add(name);
        if (theirs != ours)
            Fail(name + " is " + theirs + " in C and " + ours + " in C#");
    }

    static Type Struct(string name)
    {
        return typeof(Native).Assembly.GetType("MirageNetNative." + name);
    }

    static void Line(string name, long value)
    {
        if (name.StartsWith("MN_"))
        {
            FieldInfo constant = typeof(Native).GetField(name);
            if (constant == null)
                Fail(name + " is missing in C#");
            else
                Compare(name, value, (int)constant.GetRawConstantValue());
            return;
        }
        int dot = name.IndexOf('.');
        Type type = Struct(dot < 0 ? name : name.Substring(0, dot));
        if (type == null || (dot > 0 && type.GetField(name.Substring(dot + 1)) == null))
            Fail(name + " is missing in C#");
        else if (dot < 0)
            Compare(name, value, Marshal.SizeOf(type));
        else
            Compare(name, value, (long)Marshal.OffsetOf(type, name.Substring(dot + 1)));
    }

    static void Function(string name)
    {
        compared++;
        seen.Add(name + "()");
        if (typeof(Native).GetMethod(name) == null)
            Fail(name + " is missing in C#");
    }

    static void Reverse()
    {
        foreach (Type type in typeof(Native).Assembly.GetTypes())
            if (type.Namespace == "MirageNetNative" && type.IsValueType && type.Name.StartsWith("mn_") &&
                !seen.Contains(type.Name))
                Fail(type.Name + " is missing in C");
        foreach (FieldInfo constant in typeof(Native).GetFields())
            if (constant.IsLiteral && constant.Name.StartsWith("MN_") && !seen.Contains(constant.Name))
                Fail(constant.Name + " is missing in C");
        foreach (MethodInfo method in typeof(Native).GetMethods(BindingFlags.Static | BindingFlags.Public))
            if (method.Name.StartsWith("mn_") && !seen.Contains(method.Name + "()"))
                Fail(method.Name + " is missing in C");
    }

    static int Main()
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            string[] words = line.Split(' ');
            if (words[0].EndsWith("()"))
                Function(words[0].Substring(0, words[0].Length - 2));
            else if (words.Length == 2)
                Line(words[0], long.Parse(words[1]));
        }
        Reverse();
        Console.WriteLine(compared + " compared, " + wrong + " wrong");
        return wrong == 0 && compared > 300 ? 0 : 1;
    }
}

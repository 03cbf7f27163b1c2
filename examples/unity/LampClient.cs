// SPDX-License-Identifier: MIT
// A client in C#: chats, reads a lamp that the C server keeps in sync (lamp_server.c), and calls its switch.
// Usage: LampClient address:port [key]      key: the server's public key, as it prints it; no other server is talked with
using System;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using MirageNetNative;

[StructLayout(LayoutKind.Sequential)]
struct Lamp
{
    public float x, y, z;
    public int brightness;
    public uint switched;
}

static unsafe class LampClient
{
    const uint Chat = 1, LampType = 1, Switch = 0;

    static byte* Name(string text) // lives as long as the program
    {
        return (byte*)Marshal.StringToHGlobalAnsi(text);
    }

    static mn_field Field(string name, int kind, uint offset, uint size, double min, double max, double step)
    {
        return new mn_field { name = Name(name), kind = (byte)kind, offset = offset, size = size, count = 1,
            min = min, max = max, step = step };
    }

    static IntPtr Schema()
    {
        IntPtr schema;
        Check(Native.mn_schema_create(null, &schema));
        mn_message_type chat = new mn_message_type { struct_size = (uint)sizeof(mn_message_type), id = Chat, max_size = 200,
            name = Name("chat") };
        Check(Native.mn_schema_add_message(schema, &chat));
        mn_field* fields = stackalloc mn_field[3];
        fields[0] = Field("position", Native.MN_KIND_VECTOR3, 0, 12, -100, 100, 0.01);
        fields[1] = Field("brightness", Native.MN_KIND_INT, 12, 4, 0, 100, 1);
        fields[2] = Field("switched", Native.MN_KIND_UINT, 16, 4, 0, 0, 1);
        mn_group group = new mn_group { field_count = 3, fields = fields };
        mn_call_type call = new mn_call_type { flags = Native.MN_CALL_TO_SERVER | Native.MN_CALL_BY_ANYBODY,
            name = Name("switch") };
        mn_object_type lamp = new mn_object_type { struct_size = (uint)sizeof(mn_object_type), id = LampType,
            size = (uint)sizeof(Lamp), group_count = 1, groups = &group, call_count = 1, calls = &call, name = Name("lamp") };
        Check(Native.mn_schema_add_object(schema, &lamp));
        Check(Native.mn_schema_finish(schema));
        return schema;
    }

    static void Check(int result)
    {
        if (result < 0)
            throw new Exception(Native.Text(Native.mn_result_text(result)));
    }

    static int Main(string[] arguments)
    {
        byte* key = stackalloc byte[Native.MN_KEY_SIZE];
        Check(arguments.Length > 1 ? Native.mn_key_parse(Name(arguments[1]), key) : Native.MN_OK);
        mn_client_config config = new mn_client_config { struct_size = (uint)sizeof(mn_client_config),
            schema = Schema(), server_key = arguments.Length > 1 ? key : null };
        IntPtr client, objects;
        Check(Native.mn_client_create(&config, &client));
        Check(Native.mn_client_objects_create(client, &objects));
        mn_address address;
        Check(Native.mn_address_parse(Name(arguments[0]), Native.MN_DEFAULT_PORT, &address));
        Check(Native.mn_client_connect(client, &address, null, 0));
        mn_event* events = stackalloc mn_event[64];
        bool chatted = false, switched = false;
        for (int tick = 0; tick < 600 && !(chatted && switched); tick++, Thread.Sleep(16)) {
            Check(Native.mn_client_update(client, Native.mn_time_us()));
            for (int i = 0, count = Native.mn_client_poll(client, events, 64); i < count; i++) {
                if (events[i].type == Native.MN_EVENT_AUTHENTICATED) {
                    Check(Native.mn_client_send(client, Chat, Name("hello from C#"), 13, 0));
                } else if (events[i].type == Native.MN_EVENT_CONNECT_FAILED) {
                    throw new Exception(Native.Text(Native.mn_reason_text(events[i].reason)));
                } else if (events[i].type == Native.MN_EVENT_MESSAGE) {
                    Console.WriteLine("chat: " + Encoding.UTF8.GetString((byte*)events[i].data, (int)events[i].size));
                    chatted = true;
                } else if (events[i].type == Native.MN_EVENT_SPAWNED) {
                    mn_call call = new mn_call { @object = events[i].@object, call = Switch };
                    Check(Native.mn_client_objects_call(objects, &call));
                } else if (events[i].type == Native.MN_EVENT_CHANGED) {
                    Lamp* lamp = (Lamp*)Native.mn_client_objects_state(objects, events[i].@object);
                    Console.WriteLine("lamp: " + lamp->brightness + " at " + lamp->x.ToString("F2"));
                    switched = lamp->switched > 0;
                }
            }
            Check(Native.mn_client_flush(client, Native.mn_time_us()));
        }
        Native.mn_client_destroy(client);
        Console.WriteLine(chatted && switched ? "the lamp was switched" : "nothing came of it");
        return chatted && switched ? 0 : 1;
    }
}

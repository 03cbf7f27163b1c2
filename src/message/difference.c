/* SPDX-License-Identifier: MIT */
/*
 * An entry is a kind byte, the id as a varint, the type's hash in 32 bits, and the size and bytes
 * of its name. Names are shown, never compared: they are in the hash.
 */
#include "message/difference.h"

#include "message/utf8.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN_MAX = 32 }; /* bytes, so that two of them and the words fit MN_TEXT_MAX */

const char mni_difference_unnamed[] = "the schemas differ";

typedef struct shown_name {
    char text[NAME_SHOWN_MAX + 1];
} shown_name;

typedef struct theirs {
    uint32_t kind, id, hash;
    shown_name name;
} theirs;

static shown_name name_of(const void *bytes, size_t size)
{
    shown_name name = {{0}};
    size_t length = mni_utf8_length(bytes, size < NAME_SHOWN_MAX ? size : NAME_SHOWN_MAX);
    for (size_t i = 0; i < length; i++) {
        char byte = ((const char *)bytes)[i];
        bool is_control = (uint8_t)byte < 0x20 || byte == 0x7f;
        name.text[i] = byte;
        if (is_control) {
            name.text[i] = '?';
        }
    }
    return name;
}

static void write_entry(mni_writer *writer, const mni_schema_entry *entry)
{
    size_t length = strlen(entry->name);
    length = mni_utf8_length((const uint8_t *)entry->name,
                             length < MNI_TYPE_NAME_MAX ? length : MNI_TYPE_NAME_MAX);
    mni_write_u8(writer, (uint8_t)entry->kind);
    mni_write_varint(writer, entry->id);
    mni_write_u32(writer, entry->hash);
    mni_write_u8(writer, (uint8_t)length);
    mni_write_bytes(writer, entry->name, length);
}

uint32_t mni_difference_write(const mn_schema *schema, uint32_t sent, mni_writer *writer,
                              bool *is_last_out)
{
    uint32_t count = 0;
    const mni_schema_entry *entries = mni_schema_entries(schema, &count);
    while (sent < count) {
        mni_writer before = *writer;
        write_entry(writer, &entries[sent]);
        if (writer->failed) {
            *writer = before;
            break;
        }
        sent++;
    }
    *is_last_out = sent == count;
    return sent;
}

static bool read_entry(mni_reader *reader, theirs *entry_out)
{
    theirs entry = {.kind = mni_read_u8(reader)};
    uint64_t id = mni_read_varint(reader);
    entry.hash = mni_read_u32(reader);
    uint8_t size = mni_read_u8(reader);
    const uint8_t *bytes = mni_read_bytes(reader, size);
    if (reader->failed || entry.kind > MNI_TYPE_OBJECT || id > MNI_TYPE_ID_MAX ||
        size > MNI_TYPE_NAME_MAX) {
        return false;
    }
    entry.id = (uint32_t)id;
    entry.name = name_of(bytes, size);
    *entry_out = entry;
    return true;
}

static const char *kind_text(uint32_t kind)
{
    return kind == MNI_TYPE_OBJECT ? "object" : "message";
}

static uint64_t order(uint32_t kind, uint32_t id)
{
    return (uint64_t)kind << 32 | id;
}

static uint64_t order_of(const mni_schema_entry *entry)
{
    return order(entry->kind, entry->id);
}

static void say_missing(uint32_t kind, uint32_t id, const shown_name *name, bool on_server,
                        char *text_out)
{
    (void)snprintf(text_out, MN_TEXT_MAX + 1, "%s %u '%s' is missing on the %s", kind_text(kind),
                   (unsigned)id, name->text, on_server ? "server" : "client");
}

static void say_ours_missing(const mni_schema_entry *ours, bool is_server, char *text_out)
{
    shown_name name = name_of(ours->name, strlen(ours->name));
    say_missing(ours->kind, ours->id, &name, !is_server, text_out);
}

static void say_differs(const mni_schema_entry *ours, const theirs *entry, bool is_server,
                        char *text_out)
{
    shown_name mine = name_of(ours->name, strlen(ours->name));
    const shown_name *server = is_server ? &mine : &entry->name;
    const shown_name *client = is_server ? &entry->name : &mine;
    const char *kind = kind_text(entry->kind);
    if (strcmp(mine.text, entry->name.text) == 0) {
        (void)snprintf(text_out, MN_TEXT_MAX + 1, "%s %u '%s' differs", kind, (unsigned)entry->id,
                       mine.text);
    } else {
        (void)snprintf(text_out, MN_TEXT_MAX + 1, "%s %u is '%s' on the server, '%s' on the client",
                       kind, (unsigned)entry->id, server->text, client->text);
    }
}

mni_comparison mni_difference_read(const mn_schema *schema, bool is_server, uint32_t *seen,
                                   mni_reader *piece, bool is_last, char *text_out)
{
    uint32_t count = 0;
    const mni_schema_entry *entries = mni_schema_entries(schema, &count);
    while (mni_reader_left(piece) > 0) {
        theirs entry;
        if (!read_entry(piece, &entry)) {
            return MNI_COMPARISON_MALFORMED;
        }
        uint64_t here = order(entry.kind, entry.id);
        if (*seen > 0 && here <= order_of(&entries[*seen - 1])) {
            return MNI_COMPARISON_MALFORMED; /* not sorted */
        }
        const mni_schema_entry *ours = *seen < count ? &entries[*seen] : NULL;
        if (ours == NULL || here < order_of(ours)) {
            say_missing(entry.kind, entry.id, &entry.name, is_server, text_out);
            return MNI_COMPARISON_FOUND;
        }
        if (here > order_of(ours)) {
            say_ours_missing(ours, is_server, text_out);
            return MNI_COMPARISON_FOUND;
        }
        if (entry.hash != ours->hash) {
            say_differs(ours, &entry, is_server, text_out);
            return MNI_COMPARISON_FOUND;
        }
        (*seen)++;
    }
    if (!is_last) {
        return MNI_COMPARISON_OPEN;
    }
    if (*seen < count) {
        say_ours_missing(&entries[*seen], is_server, text_out);
    } else {
        (void)snprintf(text_out, MN_TEXT_MAX + 1, "%s", mni_difference_unnamed);
    }
    return MNI_COMPARISON_FOUND;
}

// SPDX-License-Identifier: MIT
// The whole of include/miragenet.h for C#: blittable structs, no delegates, no marshalling. Structs, constants and functions have
// the names they have in C, where they are documented; tests/abi compares every size, offset and number with the C compiler's.
// Use: put the shared library beside the program (Unity: Assets/Plugins), compile with /unsafe.
using System;
using System.Runtime.InteropServices;
using System.Security;

namespace MirageNetNative
{
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_allocator
    {
        public IntPtr allocate;
        public IntPtr release;
        public void* user;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_log
    {
        public uint level;
        public uint unused;
        public IntPtr write;
        public void* user;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_random_source
    {
        public IntPtr fill;
        public void* user;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_connection
    {
        public uint id;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_player
    {
        public uint id;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_object
    {
        public uint id;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_event
    {
        public ushort type;
        public byte delivery;
        public byte channel;
        public uint who;
        public mn_object @object;
        public uint object_type;
        public uint what;
        public int reason;
        public uint size;
        public uint unused;
        public ulong token;
        public ulong time_us;
        public ulong changed;
        public ulong user;
        public fixed ulong reserved[2];
        public void* data;
        public void* before;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_address
    {
        public fixed byte ip[16];
        public uint scope;
        public ushort port;
        public ushort kind;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_datagram
    {
        public mn_address address;
        public uint size;
        public uint flags;
        public byte* bytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_socket_ops
    {
        public uint struct_size;
        public uint unused;
        public IntPtr send;
        public IntPtr receive;
        public IntPtr next_us;
        public IntPtr wait;
        public IntPtr address;
        public IntPtr close;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_socket
    {
        public mn_socket_ops* ops;
        public void* self;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_socket_factory
    {
        public uint struct_size;
        public uint flags;
        public uint max_packet_size;
        public uint unused;
        public IntPtr open_server;
        public IntPtr open_client;
        public void* user;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_conditions
    {
        public uint struct_size;
        public float loss;
        public float duplicate;
        public float reorder;
        public float corrupt;
        public uint burst;
        public ulong latency_us;
        public ulong jitter_us;
        public ulong bytes_per_second;
        public ulong queue_bytes;
        public uint max_packet_size;
        public uint partitioned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_peer_config
    {
        public uint struct_size;
        public uint security;
        public uint max_connections;
        public uint max_packet_size;
        public uint send_queue_bytes;
        public uint receive_window_bytes;
        public uint max_in_flight_bytes;
        public uint max_packets_per_second;
        public uint max_bytes_per_second;
        public uint max_messages_per_second;
        public uint max_message_size;
        public uint unused;
        public ulong application;
        public ulong tag;
        public ulong seed;
        public ulong memory_limit;
        public ulong connect_timeout_us;
        public ulong timeout_us;
        public ulong keep_alive_us;
        public ulong close_timeout_us;
        public ulong clock_gap_us;
        public mn_socket_factory* sockets;
        public mn_allocator* allocator;
        public mn_log* log;
        public mn_random_source* random;
        public byte* shared_key;
        public byte* private_key;
        public byte* remote_key;
        public void* reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_statistics
    {
        public uint struct_size;
        public uint max_packet_size;
        public ulong rtt_us;
        public ulong rtt_min_us;
        public ulong rtt_variance_us;
        public ulong jitter_us;
        public ulong packets_sent;
        public ulong packets_received;
        public ulong bytes_sent;
        public ulong bytes_received;
        public ulong messages_sent;
        public ulong messages_received;
        public ulong packets_lost;
        public ulong packets_lost_spuriously;
        public ulong packets_missing;
        public ulong messages_resent;
        public ulong messages_copied;
        public ulong message_bytes_sent;
        public ulong message_bytes_received;
        public ulong queue_us;
        public uint queue_bytes;
        public uint in_flight_bytes;
        public uint goodput_out;
        public uint goodput_in;
        public float loss_out;
        public float loss_in;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_counters
    {
        public uint struct_size;
        public uint connections;
        public ulong memory_used;
        public ulong memory_peak;
        public ulong allocations;
        public ulong packets_sent;
        public ulong packets_received;
        public ulong bytes_sent;
        public ulong bytes_received;
        public fixed ulong dropped[32];
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_field
    {
        public double min;
        public double max;
        public double step;
        public uint offset;
        public uint size;
        public ushort count;
        public byte kind;
        public byte flags;
        public uint count_offset;
        public ushort packing;
        public ushort field_count;
        public uint unused;
        public mn_field* fields;
        public byte* name;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_message_type
    {
        public uint struct_size;
        public uint unused;
        public uint id;
        public uint size;
        public uint max_size;
        public uint how;
        public uint flags;
        public uint field_count;
        public mn_field* fields;
        public byte* name;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_server_config
    {
        public uint struct_size;
        public uint flags;
        public uint max_players;
        public uint security;
        public uint max_packet_size;
        public uint send_queue_bytes;
        public uint receive_window_bytes;
        public uint max_in_flight_bytes;
        public uint max_packets_per_second;
        public uint max_bytes_per_second;
        public uint max_messages_per_second;
        public uint max_message_size;
        public ulong application;
        public ulong seed;
        public ulong memory_limit;
        public ulong timeout_us;
        public ulong close_timeout_us;
        public ulong clock_gap_us;
        public ulong authenticate_timeout_us;
        public IntPtr schema;
        public mn_socket_factory* sockets;
        public mn_allocator* allocator;
        public mn_log* log;
        public mn_random_source* random;
        public byte* shared_key;
        public byte* private_key;
        public void* reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_outgoing
    {
        public uint message;
        public uint size;
        public uint how;
        public uint unused;
        public void* value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_client_config
    {
        public uint struct_size;
        public uint security;
        public uint max_packet_size;
        public uint send_queue_bytes;
        public uint receive_window_bytes;
        public uint max_in_flight_bytes;
        public uint max_packets_per_second;
        public uint max_bytes_per_second;
        public uint max_messages_per_second;
        public uint max_message_size;
        public ulong application;
        public ulong seed;
        public ulong memory_limit;
        public ulong connect_timeout_us;
        public ulong timeout_us;
        public ulong keep_alive_us;
        public ulong close_timeout_us;
        public ulong clock_gap_us;
        public IntPtr schema;
        public mn_socket_factory* sockets;
        public mn_allocator* allocator;
        public mn_log* log;
        public mn_random_source* random;
        public byte* shared_key;
        public byte* server_key;
        public void* reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_group
    {
        public uint field_count;
        public ushort audience;
        public ushort direction;
        public float max_hz;
        public uint flags;
        public fixed uint reserved[2];
        public mn_field* fields;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_call_type
    {
        public uint size;
        public uint field_count;
        public uint how;
        public uint flags;
        public fixed uint reserved[4];
        public mn_field* fields;
        public byte* name;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_object_type
    {
        public uint struct_size;
        public uint unused;
        public uint id;
        public uint size;
        public uint group_count;
        public uint call_count;
        public uint history;
        public uint flags;
        public mn_group* groups;
        public mn_call_type* calls;
        public void* defaults;
        public byte* name;
    }

    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct mn_call
    {
        public mn_object @object;
        public uint call;
        public uint target;
        public mn_player player;
        public uint size;
        public uint how;
        public fixed uint reserved[2];
        public void* arguments;
    }

    [SuppressUnmanagedCodeSecurity]
    public static unsafe class Native
    {
#if (UNITY_IOS || UNITY_TVOS || UNITY_VISIONOS) && !UNITY_EDITOR
        const string Library = "__Internal";
#else
        const string Library = "miragenet";
#endif

        public const int MN_OK = 0;
        public const int MN_ERROR_ARGUMENT = -1;
        public const int MN_ERROR_STATE = -2;
        public const int MN_ERROR_STALE = -3;
        public const int MN_ERROR_FULL = -4;
        public const int MN_ERROR_TOO_LARGE = -5;
        public const int MN_ERROR_MEMORY = -6;
        public const int MN_ERROR_NETWORK = -7;
        public const int MN_ERROR_SCHEMA = -8;
        public const int MN_LOG_ERROR = 1;
        public const int MN_LOG_WARNING = 2;
        public const int MN_LOG_INFO = 3;
        public const int MN_LOG_DEBUG = 4;
        public const int MN_EVENT_CONNECTED = 1;
        public const int MN_EVENT_AUTHENTICATE = 2;
        public const int MN_EVENT_AUTHENTICATED = 3;
        public const int MN_EVENT_CONNECT_FAILED = 4;
        public const int MN_EVENT_DISCONNECTED = 5;
        public const int MN_EVENT_MESSAGE = 6;
        public const int MN_EVENT_DELIVERED = 7;
        public const int MN_EVENT_LOST = 8;
        public const int MN_EVENT_SPAWNED = 9;
        public const int MN_EVENT_CHANGED = 10;
        public const int MN_EVENT_DESPAWNED = 11;
        public const int MN_EVENT_OWNER = 12;
        public const int MN_EVENT_CALL = 13;
        public const int MN_EVENT_CHARACTER = 14;
        public const int MN_REASON_NONE = 0;
        public const int MN_REASON_CLOSED = 1;
        public const int MN_REASON_TIMEOUT = 2;
        public const int MN_REASON_UNREACHABLE = 3;
        public const int MN_REASON_VERSION = 4;
        public const int MN_REASON_APPLICATION = 5;
        public const int MN_REASON_SCHEMA = 6;
        public const int MN_REASON_SECURITY = 7;
        public const int MN_REASON_FULL = 8;
        public const int MN_REASON_REJECTED = 9;
        public const int MN_REASON_PROTOCOL = 10;
        public const int MN_REASON_STOPPED = 11;
        public const int MN_REASON_REPLACED = 12;
        public const int MN_REASON_MEMORY = 13;
        public const int MN_REASON_DESTROYED = 14;
        public const int MN_REASON_OWNER_LEFT = 15;
        public const int MN_REASON_DISCONNECTED = 16;
        public const int MN_REASON_KEY = 17;
        public const int MN_REASON_USER = 1000;
        public const int MN_ADDRESS_TEXT_MAX = 64;
        public const int MN_DATAGRAM_CLOSED = 1;
        public const int MN_DATAGRAM_TRUNCATED = 2;
        public const int MN_DATAGRAM_CONGESTED = 4;
        public const int MN_DATAGRAM_LAST = 8;
        public const int MN_UNRELIABLE = 1;
        public const int MN_SEQUENCED = 2;
        public const int MN_RELIABLE = 3;
        public const int MN_UNORDERED = 4;
        public const int MN_NOTIFY = 5;
        public const int MN_CHANNELS = 64;
        public const int MN_EXPIRES_MS_MAX = 4095;
        public const int MN_SECURITY_DEFAULT = 0;
        public const int MN_SECURITY_NONE = 1;
        public const int MN_SECURITY_ENCRYPTED = 2;
        public const int MN_PAYLOAD_MAX = 1024;
        public const int MN_TEXT_MAX = 128;
        public const int MN_KEY_SIZE = 32;
        public const int MN_KEY_TEXT_MAX = 48;
        public const int MN_DROP_EMPTY = 0;
        public const int MN_DROP_UNKNOWN = 1;
        public const int MN_DROP_CHECKSUM = 2;
        public const int MN_DROP_HANDSHAKE = 3;
        public const int MN_DROP_COOKIE = 4;
        public const int MN_DROP_COOKIE_USED = 5;
        public const int MN_DROP_COOKIE_ROOM = 6;
        public const int MN_DROP_DUPLICATE = 7;
        public const int MN_DROP_OLD = 8;
        public const int MN_DROP_MALFORMED = 9;
        public const int MN_DROP_ROOM = 10;
        public const int MN_DROP_MEMORY = 11;
        public const int MN_DROP_CLOSING = 12;
        public const int MN_DROP_SEND_FAILED = 13;
        public const int MN_DROP_SEND_TOO_LARGE = 14;
        public const int MN_DROP_STALE_STATE = 15;
        public const int MN_DROP_FLOOD = 16;
        public const int MN_DROP_LIMIT = 17;
        public const int MN_DROP_OVERTAKEN = 18;
        public const int MN_DROP_PIECES = 19;
        public const int MN_DROP_KEY = 20;
        public const int MN_DROP_EXPIRED = 21;
        public const int MN_DROP_OCCUPIED = 22;
        public const int MN_DROP_COUNT = 23;
        public const int MN_KIND_INT = 1;
        public const int MN_KIND_UINT = 2;
        public const int MN_KIND_BOOL = 3;
        public const int MN_KIND_FLOAT = 4;
        public const int MN_KIND_VECTOR2 = 5;
        public const int MN_KIND_VECTOR3 = 6;
        public const int MN_KIND_VECTOR4 = 7;
        public const int MN_KIND_QUATERNION = 8;
        public const int MN_KIND_ANGLE = 9;
        public const int MN_KIND_STRING = 10;
        public const int MN_KIND_BLOB = 11;
        public const int MN_KIND_OBJECT = 12;
        public const int MN_KIND_STRUCT = 13;
        public const int MN_FIELD_COUNTED = 1;
        public const int MN_MESSAGE_TO_SERVER = 1;
        public const int MN_MESSAGE_TO_CLIENT = 2;
        public const int MN_MESSAGE_BEFORE_AUTHENTICATION = 4;
        public const int MN_SERVER_AUTHENTICATE = 1;
        public const int MN_TO_ALL = 0;
        public const int MN_TO_OWNER = 1;
        public const int MN_FROM_SERVER = 0;
        public const int MN_CALL_TO_SERVER = 1;
        public const int MN_CALL_TO_CLIENT = 2;
        public const int MN_CALL_BY_ANYBODY = 4;
        public const int MN_TARGET_OBSERVERS = 0;
        public const int MN_TARGET_OWNER = 1;
        public const int MN_TARGET_PLAYER = 2;
        public const int MN_DEFAULT_PORT = 7777;

        public static uint MN_ON_CHANNEL(uint channel)
        {
            return channel << 8;
        }

        public static uint MN_REDUNDANT(uint copies)
        {
            return copies > 15 ? uint.MaxValue : copies << 4;
        }

        public static uint MN_EXPIRES_MS(uint ms)
        {
            return ms > MN_EXPIRES_MS_MAX ? uint.MaxValue : ms << 20;
        }

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_result_text(int result);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint mn_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_time_us();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_reason_text(int reason);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_address_parse(byte* text, ushort default_port, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_address_resolve(byte* name, ushort default_port, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_address_format(mn_address* address, byte* text_out, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_socket_factory* mn_udp_sockets();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_network_create(mn_allocator* allocator, IntPtr* network_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_network_destroy(IntPtr network);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_socket_factory* mn_network_sockets(IntPtr network);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_lossy_create(mn_socket_factory* inner, mn_conditions* up, mn_conditions* down, ulong seed, mn_allocator* allocator, IntPtr* lossy_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_lossy_set(IntPtr lossy, mn_conditions* up, mn_conditions* down);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_lossy_destroy(IntPtr lossy);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_socket_factory* mn_lossy_sockets(IntPtr lossy);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_key_generate(byte* private_key_out, byte* public_key_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_key_public(byte* private_key, byte* public_key_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_key_format(byte* key, byte* text_out, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_key_parse(byte* text, byte* key_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_create(mn_peer_config* config, IntPtr* peer_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_peer_destroy(IntPtr peer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_listen(IntPtr peer, mn_address* bind);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_connect(IntPtr peer, mn_address* remote, void* payload, uint size, mn_connection* connection_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_disconnect(IntPtr peer, mn_connection connection, int reason, byte* text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_close(IntPtr peer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_peer_error_text(IntPtr peer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_update(IntPtr peer, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_poll(IntPtr peer, mn_event* events, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_send(IntPtr peer, mn_connection to, void* data, uint size, uint how, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_send_many(IntPtr peer, mn_connection* to, uint count, void* data, uint size, uint how, int* results);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_max_message_size(IntPtr peer, uint how);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_cancel(IntPtr peer, mn_connection to, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_set_channel(IntPtr peer, uint channel, uint priority, uint weight);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_flush(IntPtr peer, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_peer_next_us(IntPtr peer);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_wait(IntPtr peer, ulong timeout_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_address(IntPtr peer, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_connection_address(IntPtr peer, mn_connection connection, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_tag(IntPtr peer, mn_connection connection, ulong* tag_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_set_user(IntPtr peer, mn_connection connection, ulong user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_statistics(IntPtr peer, mn_connection connection, mn_statistics* statistics_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_drop_text(uint drop);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_peer_counters(IntPtr peer, mn_counters* counters_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_schema_create(mn_allocator* allocator, IntPtr* schema_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_schema_destroy(IntPtr schema);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_schema_add_message(IntPtr schema, mn_message_type* type);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_schema_finish(IntPtr schema);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_schema_hash(IntPtr schema);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_schema_error_text(IntPtr schema);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_create(mn_server_config* config, IntPtr* server_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_server_destroy(IntPtr server);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_start(IntPtr server, mn_address* bind);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_start_offline(IntPtr server);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_stop(IntPtr server);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_server_error_text(IntPtr server);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_update(IntPtr server, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_poll(IntPtr server, mn_event* events, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_flush(IntPtr server, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_server_next_us(IntPtr server);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_wait(IntPtr server, ulong timeout_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_accept(IntPtr server, mn_player player);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_reject(IntPtr server, mn_player player, int reason, byte* text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_disconnect(IntPtr server, mn_player player, int reason, byte* text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_set_user(IntPtr server, mn_player player, ulong user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_send(IntPtr server, mn_player to, uint message, void* value, uint size, uint how);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_notify(IntPtr server, mn_player to, uint message, void* value, uint size, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_broadcast(IntPtr server, uint message, void* value, uint size, uint how);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_send_many(IntPtr server, mn_player* to, uint count, mn_outgoing* outgoing, int* results);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_cancel(IntPtr server, mn_player to, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_set_channel(IntPtr server, uint channel, uint priority, uint weight);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_address(IntPtr server, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_player_address(IntPtr server, mn_player player, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_players(IntPtr server, mn_player* players_out, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_statistics(IntPtr server, mn_player player, mn_statistics* statistics_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_counters(IntPtr server, mn_counters* counters_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_create(mn_client_config* config, IntPtr* client_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_client_destroy(IntPtr client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_connect(IntPtr client, mn_address* server, void* payload, uint size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_connect_host(IntPtr client, IntPtr server, void* payload, uint size);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_disconnect(IntPtr client, int reason, byte* text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr mn_client_error_text(IntPtr client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_update(IntPtr client, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_poll(IntPtr client, mn_event* events, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_flush(IntPtr client, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_client_next_us(IntPtr client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_wait(IntPtr client, ulong timeout_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_send(IntPtr client, uint message, void* value, uint size, uint how);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_notify(IntPtr client, uint message, void* value, uint size, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_cancel(IntPtr client, ulong token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_set_channel(IntPtr client, uint channel, uint priority, uint weight);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_player mn_client_player(IntPtr client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong mn_client_server_time(IntPtr client, ulong now_us);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_address(IntPtr client, mn_address* address_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_statistics(IntPtr client, mn_statistics* statistics_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_counters(IntPtr client, mn_counters* counters_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_schema_add_object(IntPtr schema, mn_object_type* type);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_create(IntPtr server, IntPtr* objects_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_server_objects_destroy(IntPtr objects);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_spawn(IntPtr objects, uint type, mn_player owner, mn_object* object_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_despawn(IntPtr objects, mn_object @object, int reason);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void* mn_server_objects_state(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint mn_server_objects_type(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_player mn_server_objects_owner(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_set_owner(IntPtr objects, mn_object @object, mn_player owner);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_set_user(IntPtr objects, mn_object @object, ulong user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_set_character(IntPtr objects, mn_player player, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_object mn_server_objects_character(IntPtr objects, mn_player player);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_call(IntPtr objects, mn_call* call);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_digest(IntPtr objects, mn_player player, ulong* digest_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_server_objects_list(IntPtr objects, mn_object* objects_out, uint capacity);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_objects_create(IntPtr client, IntPtr* objects_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void mn_client_objects_destroy(IntPtr objects);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void* mn_client_objects_state(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint mn_client_objects_type(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_player mn_client_objects_owner(IntPtr objects, mn_object @object);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_objects_set_user(IntPtr objects, mn_object @object, ulong user);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern mn_object mn_client_objects_character(IntPtr objects);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_objects_call(IntPtr objects, mn_call* call);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_objects_digest(IntPtr objects, ulong* digest_out);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int mn_client_objects_list(IntPtr objects, mn_object* objects_out, uint capacity);

        // A text that the library returned: never "string" in a signature, the runtime would free it.
        public static string Text(IntPtr text)
        {
            return Marshal.PtrToStringAnsi(text);
        }
    }
}

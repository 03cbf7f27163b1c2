/* SPDX-License-Identifier: MIT */
/*
 * Prints size and offsets of every public struct, and every number that has a name; bindings
 * compare themselves with it. check_layouts.sh sees that nothing is left out.
 */
#include <miragenet.h>

#include <stdio.h>

#define STRUCT(type) printf("%s %zu\n", #type, sizeof(type))
#define FIELD(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
#define VALUE(name) printf("%s %lld\n", #name, (long long)(name))

static void print_allocator(void)
{
    STRUCT(mn_allocator);
    FIELD(mn_allocator, allocate);
    FIELD(mn_allocator, release);
    FIELD(mn_allocator, user);
}

static void print_log(void)
{
    STRUCT(mn_log);
    FIELD(mn_log, level);
    FIELD(mn_log, unused);
    FIELD(mn_log, write);
    FIELD(mn_log, user);
}

static void print_random_source(void)
{
    STRUCT(mn_random_source);
    FIELD(mn_random_source, fill);
    FIELD(mn_random_source, user);
}

static void print_connection(void)
{
    STRUCT(mn_connection);
    FIELD(mn_connection, id);
}

static void print_player(void)
{
    STRUCT(mn_player);
    FIELD(mn_player, id);
}

static void print_object(void)
{
    STRUCT(mn_object);
    FIELD(mn_object, id);
}

static void print_event(void)
{
    STRUCT(mn_event);
    FIELD(mn_event, type);
    FIELD(mn_event, delivery);
    FIELD(mn_event, channel);
    FIELD(mn_event, who);
    FIELD(mn_event, object);
    FIELD(mn_event, object_type);
    FIELD(mn_event, what);
    FIELD(mn_event, reason);
    FIELD(mn_event, size);
    FIELD(mn_event, unused);
    FIELD(mn_event, token);
    FIELD(mn_event, time_us);
    FIELD(mn_event, changed);
    FIELD(mn_event, user);
    FIELD(mn_event, reserved);
    FIELD(mn_event, data);
    FIELD(mn_event, before);
}

static void print_address(void)
{
    STRUCT(mn_address);
    FIELD(mn_address, ip);
    FIELD(mn_address, scope);
    FIELD(mn_address, port);
    FIELD(mn_address, kind);
}

static void print_datagram(void)
{
    STRUCT(mn_datagram);
    FIELD(mn_datagram, address);
    FIELD(mn_datagram, size);
    FIELD(mn_datagram, flags);
    FIELD(mn_datagram, bytes);
}

static void print_socket_ops(void)
{
    STRUCT(mn_socket_ops);
    FIELD(mn_socket_ops, struct_size);
    FIELD(mn_socket_ops, unused);
    FIELD(mn_socket_ops, send);
    FIELD(mn_socket_ops, receive);
    FIELD(mn_socket_ops, next_us);
    FIELD(mn_socket_ops, wait);
    FIELD(mn_socket_ops, address);
    FIELD(mn_socket_ops, close);
}

static void print_socket(void)
{
    STRUCT(mn_socket);
    FIELD(mn_socket, ops);
    FIELD(mn_socket, self);
}

static void print_socket_factory(void)
{
    STRUCT(mn_socket_factory);
    FIELD(mn_socket_factory, struct_size);
    FIELD(mn_socket_factory, flags);
    FIELD(mn_socket_factory, max_packet_size);
    FIELD(mn_socket_factory, unused);
    FIELD(mn_socket_factory, open_server);
    FIELD(mn_socket_factory, open_client);
    FIELD(mn_socket_factory, user);
}

static void print_conditions(void)
{
    STRUCT(mn_conditions);
    FIELD(mn_conditions, struct_size);
    FIELD(mn_conditions, loss);
    FIELD(mn_conditions, duplicate);
    FIELD(mn_conditions, reorder);
    FIELD(mn_conditions, corrupt);
    FIELD(mn_conditions, burst);
    FIELD(mn_conditions, latency_us);
    FIELD(mn_conditions, jitter_us);
    FIELD(mn_conditions, bytes_per_second);
    FIELD(mn_conditions, queue_bytes);
    FIELD(mn_conditions, max_packet_size);
    FIELD(mn_conditions, partitioned);
}

static void print_peer_config(void)
{
    STRUCT(mn_peer_config);
    FIELD(mn_peer_config, struct_size);
    FIELD(mn_peer_config, security);
    FIELD(mn_peer_config, max_connections);
    FIELD(mn_peer_config, max_packet_size);
    FIELD(mn_peer_config, send_queue_bytes);
    FIELD(mn_peer_config, receive_window_bytes);
    FIELD(mn_peer_config, max_in_flight_bytes);
    FIELD(mn_peer_config, max_packets_per_second);
    FIELD(mn_peer_config, max_bytes_per_second);
    FIELD(mn_peer_config, max_messages_per_second);
    FIELD(mn_peer_config, max_message_size);
    FIELD(mn_peer_config, unused);
    FIELD(mn_peer_config, application);
    FIELD(mn_peer_config, tag);
    FIELD(mn_peer_config, seed);
    FIELD(mn_peer_config, memory_limit);
    FIELD(mn_peer_config, connect_timeout_us);
    FIELD(mn_peer_config, timeout_us);
    FIELD(mn_peer_config, keep_alive_us);
    FIELD(mn_peer_config, close_timeout_us);
    FIELD(mn_peer_config, clock_gap_us);
    FIELD(mn_peer_config, sockets);
    FIELD(mn_peer_config, allocator);
    FIELD(mn_peer_config, log);
    FIELD(mn_peer_config, random);
    FIELD(mn_peer_config, shared_key);
    FIELD(mn_peer_config, private_key);
    FIELD(mn_peer_config, remote_key);
    FIELD(mn_peer_config, reserved);
}

static void print_statistics(void)
{
    STRUCT(mn_statistics);
    FIELD(mn_statistics, struct_size);
    FIELD(mn_statistics, max_packet_size);
    FIELD(mn_statistics, rtt_us);
    FIELD(mn_statistics, rtt_min_us);
    FIELD(mn_statistics, rtt_variance_us);
    FIELD(mn_statistics, jitter_us);
    FIELD(mn_statistics, packets_sent);
    FIELD(mn_statistics, packets_received);
    FIELD(mn_statistics, bytes_sent);
    FIELD(mn_statistics, bytes_received);
    FIELD(mn_statistics, messages_sent);
    FIELD(mn_statistics, messages_received);
    FIELD(mn_statistics, packets_lost);
    FIELD(mn_statistics, packets_lost_spuriously);
    FIELD(mn_statistics, packets_missing);
    FIELD(mn_statistics, messages_resent);
    FIELD(mn_statistics, messages_copied);
    FIELD(mn_statistics, message_bytes_sent);
    FIELD(mn_statistics, message_bytes_received);
    FIELD(mn_statistics, queue_us);
    FIELD(mn_statistics, queue_bytes);
    FIELD(mn_statistics, in_flight_bytes);
    FIELD(mn_statistics, goodput_out);
    FIELD(mn_statistics, goodput_in);
    FIELD(mn_statistics, loss_out);
    FIELD(mn_statistics, loss_in);
}

static void print_counters(void)
{
    STRUCT(mn_counters);
    FIELD(mn_counters, struct_size);
    FIELD(mn_counters, connections);
    FIELD(mn_counters, memory_used);
    FIELD(mn_counters, memory_peak);
    FIELD(mn_counters, allocations);
    FIELD(mn_counters, packets_sent);
    FIELD(mn_counters, packets_received);
    FIELD(mn_counters, bytes_sent);
    FIELD(mn_counters, bytes_received);
    FIELD(mn_counters, dropped);
}

static void print_field(void)
{
    STRUCT(mn_field);
    FIELD(mn_field, min);
    FIELD(mn_field, max);
    FIELD(mn_field, step);
    FIELD(mn_field, offset);
    FIELD(mn_field, size);
    FIELD(mn_field, count);
    FIELD(mn_field, kind);
    FIELD(mn_field, flags);
    FIELD(mn_field, count_offset);
    FIELD(mn_field, packing);
    FIELD(mn_field, field_count);
    FIELD(mn_field, unused);
    FIELD(mn_field, fields);
    FIELD(mn_field, name);
}

static void print_message_type(void)
{
    STRUCT(mn_message_type);
    FIELD(mn_message_type, struct_size);
    FIELD(mn_message_type, unused);
    FIELD(mn_message_type, id);
    FIELD(mn_message_type, size);
    FIELD(mn_message_type, max_size);
    FIELD(mn_message_type, how);
    FIELD(mn_message_type, flags);
    FIELD(mn_message_type, field_count);
    FIELD(mn_message_type, fields);
    FIELD(mn_message_type, name);
}

static void print_server_config(void)
{
    STRUCT(mn_server_config);
    FIELD(mn_server_config, struct_size);
    FIELD(mn_server_config, flags);
    FIELD(mn_server_config, max_players);
    FIELD(mn_server_config, security);
    FIELD(mn_server_config, max_packet_size);
    FIELD(mn_server_config, send_queue_bytes);
    FIELD(mn_server_config, receive_window_bytes);
    FIELD(mn_server_config, max_in_flight_bytes);
    FIELD(mn_server_config, max_packets_per_second);
    FIELD(mn_server_config, max_bytes_per_second);
    FIELD(mn_server_config, max_messages_per_second);
    FIELD(mn_server_config, max_message_size);
    FIELD(mn_server_config, application);
    FIELD(mn_server_config, seed);
    FIELD(mn_server_config, memory_limit);
    FIELD(mn_server_config, timeout_us);
    FIELD(mn_server_config, close_timeout_us);
    FIELD(mn_server_config, clock_gap_us);
    FIELD(mn_server_config, authenticate_timeout_us);
    FIELD(mn_server_config, schema);
    FIELD(mn_server_config, sockets);
    FIELD(mn_server_config, allocator);
    FIELD(mn_server_config, log);
    FIELD(mn_server_config, random);
    FIELD(mn_server_config, shared_key);
    FIELD(mn_server_config, private_key);
    FIELD(mn_server_config, reserved);
}

static void print_outgoing(void)
{
    STRUCT(mn_outgoing);
    FIELD(mn_outgoing, message);
    FIELD(mn_outgoing, size);
    FIELD(mn_outgoing, how);
    FIELD(mn_outgoing, unused);
    FIELD(mn_outgoing, value);
}

static void print_client_config(void)
{
    STRUCT(mn_client_config);
    FIELD(mn_client_config, struct_size);
    FIELD(mn_client_config, security);
    FIELD(mn_client_config, max_packet_size);
    FIELD(mn_client_config, send_queue_bytes);
    FIELD(mn_client_config, receive_window_bytes);
    FIELD(mn_client_config, max_in_flight_bytes);
    FIELD(mn_client_config, max_packets_per_second);
    FIELD(mn_client_config, max_bytes_per_second);
    FIELD(mn_client_config, max_messages_per_second);
    FIELD(mn_client_config, max_message_size);
    FIELD(mn_client_config, application);
    FIELD(mn_client_config, seed);
    FIELD(mn_client_config, memory_limit);
    FIELD(mn_client_config, connect_timeout_us);
    FIELD(mn_client_config, timeout_us);
    FIELD(mn_client_config, keep_alive_us);
    FIELD(mn_client_config, close_timeout_us);
    FIELD(mn_client_config, clock_gap_us);
    FIELD(mn_client_config, schema);
    FIELD(mn_client_config, sockets);
    FIELD(mn_client_config, allocator);
    FIELD(mn_client_config, log);
    FIELD(mn_client_config, random);
    FIELD(mn_client_config, shared_key);
    FIELD(mn_client_config, server_key);
    FIELD(mn_client_config, reserved);
}

static void print_group(void)
{
    STRUCT(mn_group);
    FIELD(mn_group, field_count);
    FIELD(mn_group, audience);
    FIELD(mn_group, direction);
    FIELD(mn_group, max_hz);
    FIELD(mn_group, flags);
    FIELD(mn_group, reserved);
    FIELD(mn_group, fields);
}

static void print_call_type(void)
{
    STRUCT(mn_call_type);
    FIELD(mn_call_type, size);
    FIELD(mn_call_type, field_count);
    FIELD(mn_call_type, how);
    FIELD(mn_call_type, flags);
    FIELD(mn_call_type, reserved);
    FIELD(mn_call_type, fields);
    FIELD(mn_call_type, name);
}

static void print_object_type(void)
{
    STRUCT(mn_object_type);
    FIELD(mn_object_type, struct_size);
    FIELD(mn_object_type, unused);
    FIELD(mn_object_type, id);
    FIELD(mn_object_type, size);
    FIELD(mn_object_type, group_count);
    FIELD(mn_object_type, call_count);
    FIELD(mn_object_type, history);
    FIELD(mn_object_type, flags);
    FIELD(mn_object_type, groups);
    FIELD(mn_object_type, calls);
    FIELD(mn_object_type, defaults);
    FIELD(mn_object_type, name);
}

static void print_call(void)
{
    STRUCT(mn_call);
    FIELD(mn_call, object);
    FIELD(mn_call, call);
    FIELD(mn_call, target);
    FIELD(mn_call, player);
    FIELD(mn_call, size);
    FIELD(mn_call, how);
    FIELD(mn_call, reserved);
    FIELD(mn_call, arguments);
}

static void print_values_1(void)
{
    VALUE(MN_OK);
    VALUE(MN_ERROR_ARGUMENT);
    VALUE(MN_ERROR_STATE);
    VALUE(MN_ERROR_STALE);
    VALUE(MN_ERROR_FULL);
    VALUE(MN_ERROR_TOO_LARGE);
    VALUE(MN_ERROR_MEMORY);
    VALUE(MN_ERROR_NETWORK);
    VALUE(MN_ERROR_SCHEMA);
    VALUE(MN_LOG_ERROR);
    VALUE(MN_LOG_WARNING);
    VALUE(MN_LOG_INFO);
    VALUE(MN_LOG_DEBUG);
    VALUE(MN_EVENT_CONNECTED);
    VALUE(MN_EVENT_AUTHENTICATE);
    VALUE(MN_EVENT_AUTHENTICATED);
    VALUE(MN_EVENT_CONNECT_FAILED);
    VALUE(MN_EVENT_DISCONNECTED);
    VALUE(MN_EVENT_MESSAGE);
    VALUE(MN_EVENT_DELIVERED);
    VALUE(MN_EVENT_LOST);
    VALUE(MN_EVENT_SPAWNED);
    VALUE(MN_EVENT_CHANGED);
    VALUE(MN_EVENT_DESPAWNED);
    VALUE(MN_EVENT_OWNER);
    VALUE(MN_EVENT_CALL);
    VALUE(MN_EVENT_CHARACTER);
    VALUE(MN_REASON_NONE);
    VALUE(MN_REASON_CLOSED);
    VALUE(MN_REASON_TIMEOUT);
    VALUE(MN_REASON_UNREACHABLE);
    VALUE(MN_REASON_VERSION);
    VALUE(MN_REASON_APPLICATION);
    VALUE(MN_REASON_SCHEMA);
    VALUE(MN_REASON_SECURITY);
    VALUE(MN_REASON_FULL);
    VALUE(MN_REASON_REJECTED);
    VALUE(MN_REASON_PROTOCOL);
    VALUE(MN_REASON_STOPPED);
    VALUE(MN_REASON_REPLACED);
    VALUE(MN_REASON_MEMORY);
    VALUE(MN_REASON_DESTROYED);
    VALUE(MN_REASON_OWNER_LEFT);
    VALUE(MN_REASON_DISCONNECTED);
    VALUE(MN_REASON_KEY);
    VALUE(MN_REASON_USER);
    VALUE(MN_ADDRESS_TEXT_MAX);
    VALUE(MN_DATAGRAM_CLOSED);
    VALUE(MN_DATAGRAM_TRUNCATED);
    VALUE(MN_DATAGRAM_CONGESTED);
    VALUE(MN_DATAGRAM_LAST);
    VALUE(MN_UNRELIABLE);
    VALUE(MN_SEQUENCED);
    VALUE(MN_RELIABLE);
    VALUE(MN_UNORDERED);
    VALUE(MN_NOTIFY);
    VALUE(MN_CHANNELS);
    VALUE(MN_EXPIRES_MS_MAX);
    VALUE(MN_SECURITY_DEFAULT);
    VALUE(MN_SECURITY_NONE);
    VALUE(MN_SECURITY_ENCRYPTED);
    VALUE(MN_PAYLOAD_MAX);
    VALUE(MN_TEXT_MAX);
    VALUE(MN_KEY_SIZE);
    VALUE(MN_KEY_TEXT_MAX);
    VALUE(MN_DROP_EMPTY);
    VALUE(MN_DROP_UNKNOWN);
    VALUE(MN_DROP_CHECKSUM);
}

static void print_values_2(void)
{
    VALUE(MN_DROP_HANDSHAKE);
    VALUE(MN_DROP_COOKIE);
    VALUE(MN_DROP_COOKIE_USED);
    VALUE(MN_DROP_COOKIE_ROOM);
    VALUE(MN_DROP_DUPLICATE);
    VALUE(MN_DROP_OLD);
    VALUE(MN_DROP_MALFORMED);
    VALUE(MN_DROP_ROOM);
    VALUE(MN_DROP_MEMORY);
    VALUE(MN_DROP_CLOSING);
    VALUE(MN_DROP_SEND_FAILED);
    VALUE(MN_DROP_SEND_TOO_LARGE);
    VALUE(MN_DROP_STALE_STATE);
    VALUE(MN_DROP_FLOOD);
    VALUE(MN_DROP_LIMIT);
    VALUE(MN_DROP_OVERTAKEN);
    VALUE(MN_DROP_PIECES);
    VALUE(MN_DROP_KEY);
    VALUE(MN_DROP_EXPIRED);
    VALUE(MN_DROP_OCCUPIED);
    VALUE(MN_DROP_COUNT);
    VALUE(MN_KIND_INT);
    VALUE(MN_KIND_UINT);
    VALUE(MN_KIND_BOOL);
    VALUE(MN_KIND_FLOAT);
    VALUE(MN_KIND_VECTOR2);
    VALUE(MN_KIND_VECTOR3);
    VALUE(MN_KIND_VECTOR4);
    VALUE(MN_KIND_QUATERNION);
    VALUE(MN_KIND_ANGLE);
    VALUE(MN_KIND_STRING);
    VALUE(MN_KIND_BLOB);
    VALUE(MN_KIND_OBJECT);
    VALUE(MN_KIND_STRUCT);
    VALUE(MN_FIELD_COUNTED);
    VALUE(MN_MESSAGE_TO_SERVER);
    VALUE(MN_MESSAGE_TO_CLIENT);
    VALUE(MN_MESSAGE_BEFORE_AUTHENTICATION);
    VALUE(MN_SERVER_AUTHENTICATE);
    VALUE(MN_TO_ALL);
    VALUE(MN_TO_OWNER);
    VALUE(MN_FROM_SERVER);
    VALUE(MN_CALL_TO_SERVER);
    VALUE(MN_CALL_TO_CLIENT);
    VALUE(MN_CALL_BY_ANYBODY);
    VALUE(MN_TARGET_OBSERVERS);
    VALUE(MN_TARGET_OWNER);
    VALUE(MN_TARGET_PLAYER);
    VALUE(MN_DEFAULT_PORT);
}

int main(void)
{
    print_allocator();
    print_log();
    print_random_source();
    print_connection();
    print_player();
    print_object();
    print_event();
    print_address();
    print_datagram();
    print_socket_ops();
    print_socket();
    print_socket_factory();
    print_conditions();
    print_peer_config();
    print_statistics();
    print_counters();
    print_field();
    print_message_type();
    print_server_config();
    print_outgoing();
    print_client_config();
    print_group();
    print_call_type();
    print_object_type();
    print_call();
    print_values_1();
    print_values_2();
    return 0;
}

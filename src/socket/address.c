/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text and as the system wants them. A text is first split into host and port, by
 * brackets and colons alone, and then the host is read by the one function that its form allows: so
 * nothing is ever guessed, and a typing mistake is an error and not a host name.
 */
#define _POSIX_C_SOURCE 200809L /* getaddrinfo, if_nametoindex */

#include "socket/address.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { HOST_MAX = 255, ADDRESS_BYTES = 24, IPV6_NETWORK_SIZE = 8 };

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool mni_address_equals(const mn_address *a, const mn_address *b)
{
    return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port && a->kind == b->kind &&
           a->scope == b->scope;
}

uint64_t mni_address_hash(const mn_address *address, const uint8_t key[MNI_HASH_KEY_SIZE])
{
    uint8_t bytes[ADDRESS_BYTES];
    mni_writer writer = mni_writer_over(bytes, sizeof(bytes));
    mni_write_bytes(&writer, address->ip, sizeof(address->ip));
    mni_write_u32(&writer, address->scope);
    mni_write_u16(&writer, address->port);
    mni_write_u16(&writer, address->kind);
    return mni_siphash(key, bytes, sizeof(bytes));
}

bool mni_address_is_ipv4(const mn_address *address)
{
    return address->kind == MNI_ADDRESS_IP &&
           memcmp(address->ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool mni_address_is_loopback(const mn_address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    if (mni_address_is_ipv4(address)) {
        return address->ip[12] == 127;
    }
    return address->kind == MNI_ADDRESS_IP && memcmp(address->ip, loopback, sizeof(loopback)) == 0;
}

uint64_t mni_address_network_hash(const mn_address *address, const uint8_t key[MNI_HASH_KEY_SIZE])
{
    uint8_t network[1 + sizeof(address->ip)] = {(uint8_t)address->kind};
    bool is_ipv6 = address->kind == MNI_ADDRESS_IP && !mni_address_is_ipv4(address);
    memcpy(network + 1, address->ip, is_ipv6 ? IPV6_NETWORK_SIZE : sizeof(address->ip));
    return mni_siphash(key, network, sizeof(network));
}

bool mni_address_is_unspecified(const mn_address *address)
{
    static const uint8_t zero[16];
    if (mni_address_is_ipv4(address)) {
        return memcmp(address->ip + 12, zero, 4) == 0;
    }
    return address->kind == MNI_ADDRESS_IP && memcmp(address->ip, zero, sizeof(zero)) == 0;
}

uint32_t mni_address_to_system(const mn_address *address, int family,
                               struct sockaddr_storage *system_out)
{
    if (address->kind != MNI_ADDRESS_IP) {
        return 0;
    }
    if (family == AF_INET6) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                                  .sin6_port = htons(address->port),
                                  .sin6_scope_id = address->scope};
        memcpy(&v6.sin6_addr, address->ip, sizeof(v6.sin6_addr));
        memcpy(system_out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    if (family == AF_INET && mni_address_is_ipv4(address)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(address->port)};
        memcpy(&v4.sin_addr, address->ip + 12, sizeof(v4.sin_addr));
        memcpy(system_out, &v4, sizeof(v4));
        return sizeof(v4);
    }
    return 0;
}

mn_result mni_address_from_system(const struct sockaddr_storage *system, mn_address *address_out)
{
    mn_address address = {.kind = MNI_ADDRESS_IP};
    if (system->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, system, sizeof(v6));
        memcpy(address.ip, &v6.sin6_addr, sizeof(address.ip));
        address.scope = v6.sin6_scope_id;
        address.port = ntohs(v6.sin6_port);
    } else if (system->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, system, sizeof(v4));
        memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
        memcpy(address.ip + 12, &v4.sin_addr, sizeof(v4.sin_addr));
        address.port = ntohs(v4.sin_port);
    } else {
        return MN_ERROR_ARGUMENT;
    }
    *address_out = address;
    return MN_OK;
}

typedef struct host_and_port {
    char host[HOST_MAX + 1];
    uint16_t port;
    bool is_ipv6; /* it stood in brackets or has several colons: it can be nothing else */
} host_and_port;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decimal digits to the end of the text; no sign, no space, no leading zero. */
static bool read_number(const char *text, uint64_t max, uint64_t *number_out)
{
    uint64_t number = 0;
    if (!is_digit(text[0]) || (text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (!is_digit(*c)) {
            return false;
        }
        number = number * 10 + (uint64_t)(*c - '0');
        if (number > max) {
            return false;
        }
    }
    *number_out = number;
    return true;
}

static bool split(const char *text, uint16_t default_port, host_and_port *parts)
{
    const char *host = text;
    const char *colon = strchr(text, ':');
    const char *host_end;
    parts->is_ipv6 = text[0] == '[' || (colon != NULL && strchr(colon + 1, ':') != NULL);
    if (text[0] == '[') {
        host = text + 1;
        host_end = strchr(text, ']');
        if (host_end == NULL || (host_end[1] != ':' && host_end[1] != '\0')) {
            return false;
        }
        colon = host_end[1] == ':' ? host_end + 1 : NULL;
    } else {
        colon = parts->is_ipv6 ? NULL : colon;
        host_end = colon != NULL ? colon : text + strlen(text);
    }
    size_t size = (size_t)(host_end - host);
    if (size == 0 || size > HOST_MAX) {
        return false;
    }
    memcpy(parts->host, host, size);
    parts->host[size] = '\0';
    uint64_t port = default_port;
    if (colon != NULL && !read_number(colon + 1, UINT16_MAX, &port)) {
        return false;
    }
    parts->port = (uint16_t)port;
    return true;
}

/* The zone of a link-local address (RFC 4007, section 11): a number or the name of an interface. */
static bool read_scope(const char *text, const uint8_t ip[16], uint32_t *scope_out)
{
    uint64_t number;
    bool is_link_local = ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
    if (!is_link_local) {
        return false;
    }
    if (read_number(text, UINT32_MAX, &number)) {
        *scope_out = (uint32_t)number;
    } else {
        *scope_out = if_nametoindex(text);
    }
    return *scope_out != 0;
}

static bool read_ipv6(char *host, mn_address *address)
{
    char *percent = strchr(host, '%');
    if (percent != NULL) {
        *percent = '\0';
    }
    if (inet_pton(AF_INET6, host, address->ip) != 1) {
        return false;
    }
    return percent == NULL || read_scope(percent + 1, address->ip, &address->scope);
}

mn_result mn_address_parse(const char *text, uint16_t default_port, mn_address *address_out)
{
    host_and_port parts;
    if (text == NULL || address_out == NULL || !split(text, default_port, &parts)) {
        return MN_ERROR_ARGUMENT;
    }
    mn_address address = {.port = parts.port, .kind = MNI_ADDRESS_IP};
    if (parts.is_ipv6) {
        if (!read_ipv6(parts.host, &address)) {
            return MN_ERROR_ARGUMENT;
        }
    } else {
        memcpy(address.ip, mapped_prefix, sizeof(mapped_prefix));
        if (inet_pton(AF_INET, parts.host, address.ip + 12) != 1) {
            return MN_ERROR_ARGUMENT;
        }
    }
    *address_out = address;
    return MN_OK;
}

/* No name ends in a number (RFC 1123, section 2.1): that is an address with a mistake in it, and
   the system would read another one out of it, 1.2.0.3 for 1.2.3 and 8.0.0.1 for 010.0.0.1. */
static bool ends_in_number(const char *host)
{
    const char *dot = strrchr(host, '.');
    const char *label = dot != NULL ? dot + 1 : host;
    if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X')) {
        return label[2 + strspn(label + 2, "0123456789abcdefABCDEF")] == '\0';
    }
    return is_digit(label[0]) && label[strspn(label, "0123456789")] == '\0';
}

mn_result mn_address_resolve(const char *name, uint16_t default_port, mn_address *address_out)
{
    host_and_port parts;
    if (mn_address_parse(name, default_port, address_out) == MN_OK) {
        return MN_OK;
    }
    if (name == NULL || address_out == NULL || !split(name, default_port, &parts) ||
        parts.is_ipv6 || ends_in_number(parts.host)) {
        return MN_ERROR_ARGUMENT;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(parts.host, NULL, &hints, &found) != 0) {
        return MN_ERROR_NETWORK;
    }
    /* The first is the one that RFC 6724 thinks most likely to be reachable from here. */
    struct sockaddr_storage system = {0};
    mn_address address;
    memcpy(&system, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (mni_address_from_system(&system, &address) != MN_OK) {
        return MN_ERROR_NETWORK;
    }
    address.port = parts.port;
    *address_out = address;
    return MN_OK;
}

static int format_opaque(const mn_address *address, char text[MN_ADDRESS_TEXT_MAX])
{
    int size = snprintf(text, MN_ADDRESS_TEXT_MAX, "opaque:");
    for (uint32_t i = 0; i < sizeof(address->ip) && size > 0; i++) {
        size += snprintf(text + size, (size_t)(MN_ADDRESS_TEXT_MAX - size), "%02x", address->ip[i]);
    }
    return size;
}

static int format_ipv6(const mn_address *address, char text[MN_ADDRESS_TEXT_MAX])
{
    char ip[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, address->ip, ip, sizeof(ip)) == NULL) {
        return -1;
    }
    if (address->scope != 0) {
        return snprintf(text, MN_ADDRESS_TEXT_MAX, "[%s%%%u]:%u", ip, (unsigned)address->scope,
                        (unsigned)address->port);
    }
    return snprintf(text, MN_ADDRESS_TEXT_MAX, "[%s]:%u", ip, (unsigned)address->port);
}

mn_result mn_address_format(const mn_address *address, char *text_out, uint32_t capacity)
{
    char text[MN_ADDRESS_TEXT_MAX];
    int size;
    if (address == NULL || text_out == NULL || address->kind > MNI_ADDRESS_OPAQUE) {
        return MN_ERROR_ARGUMENT;
    }
    if (address->kind == MNI_ADDRESS_OPAQUE) {
        size = format_opaque(address, text);
    } else if (mni_address_is_ipv4(address)) {
        const uint8_t *ip = address->ip + 12;
        size = snprintf(text, sizeof(text), "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3],
                        (unsigned)address->port);
    } else {
        size = format_ipv6(address, text);
    }
    MNI_ASSERT(size > 0 && size < MN_ADDRESS_TEXT_MAX);
    if ((uint32_t)size >= capacity) {
        return MN_ERROR_TOO_LARGE;
    }
    memcpy(text_out, text, (size_t)size + 1);
    return size;
}

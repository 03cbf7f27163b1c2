/* SPDX-License-Identifier: MIT */
/*
 * What the socket floor does with addresses. IPv4 is kept as mapped IPv6 (RFC 4291, section
 * 2.5.5.2), so that a dual-stack socket and an IPv4 socket name a peer by the same bytes.
 */
#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include "base/assert.h"
#include "base/hash.h"

#include <miragenet.h>

#include <stdbool.h>

enum { MNI_ADDRESS_IP = 0, MNI_ADDRESS_OPAQUE = 1 }; /* mn_address.kind */

bool mni_address_equals(const mn_address *a, const mn_address *b);
/* Of all that equals compares. */
uint64_t mni_address_hash(const mn_address *address, const uint8_t key[MNI_HASH_KEY_SIZE]);
/* Of whose it is: an IPv4 address, or the first 64 bits of an IPv6 one, as whoever has one of those
   has 2^64. */
uint64_t mni_address_network_hash(const mn_address *address, const uint8_t key[MNI_HASH_KEY_SIZE]);
bool mni_address_is_loopback(const mn_address *address); /* 127.0.0.0/8, ::1 */
bool mni_address_is_ipv4(const mn_address *address);
bool mni_address_is_unspecified(const mn_address *address); /* 0.0.0.0, :: */

/* To and from the system's form. `system` has room for any family; the size of what was written is
   returned, 0 where the family (AF_INET, AF_INET6) cannot express the address. */
struct sockaddr_storage;
uint32_t mni_address_to_system(const mn_address *address, int family,
                               struct sockaddr_storage *system_out);
/* MN_ERROR_ARGUMENT, and address_out untouched, if it is no IP address. */
MNI_CHECK mn_result mni_address_from_system(const struct sockaddr_storage *system,
                                            mn_address *address_out);

#endif

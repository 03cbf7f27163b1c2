/* SPDX-License-Identifier: MIT */
/*
 * The border to socket factories, which may be a stranger's. They are checked once, when they are
 * given and when they open a socket, so that nobody behind the border meets a missing function.
 */
#ifndef SOCKET_SOCKET_H
#define SOCKET_SOCKET_H

#include "base/assert.h"

#include <miragenet.h>

enum {
    MNI_PACKET_SIZE_MIN = 1200, /* what a factory must carry at least: RFC 9000, section 14 */
    MNI_SOCKET_BATCH = 64       /* the most datagrams that a bundled socket receives in one call */
};

/* Copies a factory after checking it: MN_ERROR_ARGUMENT where it is NULL, too small, lacks a
   function, carries less than MNI_PACKET_SIZE_MIN or asks by a flag for what we do not know. */
MNI_CHECK mn_result mni_factory_read(const mn_socket_factory *factory,
                                     mn_socket_factory *factory_out);

/* Open through a factory that was read. On failure socket_out is zeroed and errno is what the
   factory left, 0 where it left nothing. A socket without all of its functions is
   MN_ERROR_ARGUMENT. */
MNI_CHECK mn_result mni_socket_open_server(const mn_socket_factory *factory, const mn_address *bind,
                                           mn_socket *socket_out);
MNI_CHECK mn_result mni_socket_open_client(const mn_socket_factory *factory,
                                           const mn_address *remote, mn_socket *socket_out);
void mni_socket_close(mn_socket *socket); /* zeroes it; one that is not open is allowed */

/* A short English text for an errno after a failed open or send; never NULL, static. */
const char *mni_socket_error_text(int error);

#endif

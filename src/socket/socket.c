/* SPDX-License-Identifier: MIT */
/*
 * See socket.h. Errors of the system travel in errno, because that is the one channel that a
 * factory written by anybody has already: an open function that fails and leaves errno alone gives
 * a general text, and one that called the system gives an exact one without doing anything for it.
 */
#include "socket/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

mn_result mni_factory_read(const mn_socket_factory *factory, mn_socket_factory *factory_out)
{
    if (factory == NULL || factory->struct_size < sizeof(*factory) || factory->flags != 0) {
        return MN_ERROR_ARGUMENT;
    }
    if (factory->open_server == NULL || factory->open_client == NULL ||
        factory->max_packet_size < MNI_PACKET_SIZE_MIN) {
        return MN_ERROR_ARGUMENT;
    }
    *factory_out = *factory;
    factory_out->struct_size = sizeof(*factory_out);
    return MN_OK;
}

static bool is_complete(const mn_socket *socket)
{
    const mn_socket_ops *ops = socket->ops;
    return ops != NULL && ops->struct_size >= sizeof(*ops) && ops->send != NULL &&
           ops->receive != NULL && ops->next_us != NULL && ops->wait != NULL &&
           ops->address != NULL && ops->close != NULL;
}

static mn_result open_through(mn_result (*open)(void *, const mn_address *, mn_socket *),
                              void *user, const mn_address *address, mn_socket *socket_out)
{
    mn_socket socket = {NULL, NULL};
    memset(socket_out, 0, sizeof(*socket_out));
    errno = 0;
    mn_result result = open(user, address, &socket);
    if (result < 0) {
        return result;
    }
    if (!is_complete(&socket)) {
        return MN_ERROR_ARGUMENT;
    }
    *socket_out = socket;
    return MN_OK;
}

mn_result mni_socket_open_server(const mn_socket_factory *factory, const mn_address *bind,
                                 mn_socket *socket_out)
{
    return open_through(factory->open_server, factory->user, bind, socket_out);
}

mn_result mni_socket_open_client(const mn_socket_factory *factory, const mn_address *remote,
                                 mn_socket *socket_out)
{
    return open_through(factory->open_client, factory->user, remote, socket_out);
}

void mni_socket_close(mn_socket *socket)
{
    if (socket->ops != NULL) {
        socket->ops->close(socket->self);
    }
    memset(socket, 0, sizeof(*socket));
}

const char *mni_socket_error_text(int error)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {EADDRINUSE, "the port is in use"},
        {EACCES, "no permission to use this port or address"},
        {EPERM, "the system's rules (a firewall?) forbid it"},
        {EADDRNOTAVAIL, "the address is not one of this machine's"},
        {EAFNOSUPPORT, "the system does not have this kind of address"},
        {EINVAL, "the system refuses the address"},
        {EMFILE, "the program has too many open files"},
        {ENFILE, "the system has too many open files"},
        {ENOBUFS, "the system has no memory for a socket"},
        {ENOMEM, "the system has no memory for a socket"},
        {ENETUNREACH, "no route to this network"},
        {EHOSTUNREACH, "no route to this machine"},
        {ENETDOWN, "the network is down"},
        {ECONNREFUSED, "nobody listens there"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].error == error) {
            return texts[i].text;
        }
    }
    return "the socket does not work";
}

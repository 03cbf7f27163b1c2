/* SPDX-License-Identifier: MIT */
/* See udp_offload.h; udp(7), UDP_SEGMENT and UDP_GRO. */
#include "socket/udp_offload.h"

#if defined(__linux__) && !defined(MNI_UDP_NO_MMSG)
#  include <errno.h>
#  include <string.h>

/* By number, because the C library's headers are older on many systems than the kernel. */
enum { LEVEL_UDP = 17, OPTION_SEGMENT = 103, OPTION_GRO = 104 };

_Static_assert(CMSG_SPACE(sizeof(int)) <= sizeof(((mni_udp_envelope *)0)->control.bytes),
               "the size of the datagrams would not fit");

bool mni_udp_offload_can_cut(int descriptor)
{
    int none = 0; /* only messages that ask for it are cut; an old kernel does not know the name */
    return setsockopt(descriptor, LEVEL_UDP, OPTION_SEGMENT, &none, sizeof(none)) == 0;
}

bool mni_udp_offload_join(int descriptor, bool joins)
{
    int value = joins ? 1 : 0;
    return setsockopt(descriptor, LEVEL_UDP, OPTION_GRO, &value, sizeof(value)) == 0;
}

void mni_udp_offload_cut(struct msghdr *header, mni_udp_envelope *envelope, uint32_t size)
{
    uint16_t value = (uint16_t)size;
    header->msg_control = envelope->control.bytes;
    header->msg_controllen = CMSG_SPACE(sizeof(value));
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = LEVEL_UDP;
    control->cmsg_type = OPTION_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(value));
    memcpy(CMSG_DATA(control), &value, sizeof(value));
}

bool mni_udp_offload_was_refused(int error)
{
    /* EIO: the device computes no checksums. */
    return error == EIO || error == EINVAL || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

void mni_udp_offload_ask(struct msghdr *header, mni_udp_envelope *envelope)
{
    header->msg_control = envelope->control.bytes;
    header->msg_controllen = sizeof(envelope->control.bytes);
}

uint32_t mni_udp_offload_size(struct msghdr *header, uint32_t size)
{
    int value = 0;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(header); each != NULL;
         each = CMSG_NXTHDR(header, each)) {
        if (each->cmsg_level == LEVEL_UDP && each->cmsg_type == OPTION_GRO) {
            memcpy(&value, CMSG_DATA(each), sizeof(value));
        }
    }
    return value > 0 ? (uint32_t)value : size;
}
#else
bool mni_udp_offload_can_cut(int descriptor)
{
    (void)descriptor;
    return false;
}

bool mni_udp_offload_join(int descriptor, bool joins)
{
    (void)descriptor;
    (void)joins;
    return false;
}

void mni_udp_offload_cut(struct msghdr *header, mni_udp_envelope *envelope, uint32_t size)
{
    (void)header;
    (void)envelope;
    (void)size;
}

bool mni_udp_offload_was_refused(int error)
{
    (void)error;
    return false;
}

void mni_udp_offload_ask(struct msghdr *header, mni_udp_envelope *envelope)
{
    (void)header;
    (void)envelope;
}

uint32_t mni_udp_offload_size(struct msghdr *header, uint32_t size)
{
    (void)header;
    return size;
}
#endif

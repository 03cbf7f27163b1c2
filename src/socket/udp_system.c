/* SPDX-License-Identifier: MIT */
/* See udp_system.h. The functions for one message stop where sendmmsg and recvmmsg would. */
#include "socket/udp_system.h"

#if defined(__linux__) && !defined(MNI_UDP_NO_MMSG)
int mni_udp_send_messages(int descriptor, mni_udp_message *messages, uint32_t count)
{
    return sendmmsg(descriptor, messages, count, 0);
}

int mni_udp_receive_messages(int descriptor, mni_udp_message *messages, uint32_t count)
{
    return recvmmsg(descriptor, messages, count, 0, NULL);
}
#else
int mni_udp_send_messages(int descriptor, mni_udp_message *messages, uint32_t count)
{
    uint32_t sent = 0;
    while (sent < count && sendmsg(descriptor, &messages[sent].msg_hdr, 0) >= 0) {
        sent++;
    }
    return sent > 0 ? (int)sent : -1;
}

int mni_udp_receive_messages(int descriptor, mni_udp_message *messages, uint32_t count)
{
    uint32_t received = 0;
    while (received < count) {
        ssize_t size = recvmsg(descriptor, &messages[received].msg_hdr, 0);
        if (size < 0) {
            break;
        }
        messages[received].msg_len = (unsigned)size;
        received++;
    }
    return received > 0 ? (int)received : -1;
}
#endif

/* SPDX-License-Identifier: MIT */
/* Which of the channel's parts a mode uses is known here, and nowhere else. */
#include "socket/channel.h"

#include "base/seq.h"

void mni_channel_init(mni_channel *channel, mni_memory *memory)
{
    *channel = (mni_channel){.next_number = 0};
    mni_stream_init(&channel->ordered, memory);
    mni_stream_init(&channel->unordered, memory);
}

uint32_t mni_channel_clear(mni_channel *channel, mni_messages *messages, mni_assemblies *assemblies)
{
    for (uint32_t i = 0; i < 2; i++) {
        mni_assembly_drop(assemblies, channel->assemblies[i]);
        channel->assemblies[i] = NULL;
    }
    return mni_stream_clear(&channel->ordered, messages, assemblies) +
           mni_stream_clear(&channel->unordered, messages, assemblies);
}

static uint64_t expected_of(const mni_channel *channel)
{
    return channel->newer > channel->later ? channel->newer : channel->later;
}

static uint64_t number_of(const mni_channel *channel, uint16_t sequence)
{
    return mni_seq_widen(expected_of(channel), sequence, 16);
}

bool mni_channel_is_newer(const mni_channel *channel, uint16_t sequence)
{
    return number_of(channel, sequence) >= channel->newer;
}

uint64_t mni_channel_deliver_sequenced(mni_channel *channel, uint16_t sequence)
{
    uint64_t before = expected_of(channel);
    channel->newer = number_of(channel, sequence) + 1;
    return expected_of(channel) - before;
}

bool mni_channel_is_later(const mni_channel *channel, uint16_t sequence)
{
    return number_of(channel, sequence) >= channel->later;
}

mni_assembly *mni_channel_assembly(const mni_channel *channel, uint16_t sequence)
{
    for (uint32_t i = 0; i < 2; i++) {
        mni_assembly *assembly = channel->assemblies[i];
        if (assembly != NULL && assembly->sequence == sequence) {
            return assembly;
        }
    }
    return NULL;
}

uint64_t mni_channel_assemble(mni_channel *channel, mni_assembly *assembly)
{
    MNI_ASSERT(channel->assemblies[1] == NULL);
    uint64_t before = expected_of(channel);
    channel->assemblies[channel->assemblies[0] != NULL] = assembly;
    channel->later = number_of(channel, assembly->sequence) + 1;
    return expected_of(channel) - before;
}

void mni_channel_forget(mni_channel *channel, const mni_assembly *assembly)
{
    if (channel->assemblies[0] == assembly) {
        channel->assemblies[0] = channel->assemblies[1];
    }
    channel->assemblies[1] = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * "Sent" is remembered as a version alone. To have a relation sent again at once, `sent` is set to
 * a version that is not the target; of GONE, which has no versions, `sent` is 1, or 0 to send
 * again.
 */
#include "object/relation.h"

#include "base/assert.h"
#include "base/seq.h"
#include "object/history.h"

enum { GONE_VERSION = 1 };

void mni_relation_want(mni_relation *relation, uint32_t object, uint16_t newest)
{
    MNI_ASSERT(relation->state == MNI_RELATION_FREE);
    relation->object = object;
    relation->acked = newest;
    relation->sent = (uint16_t)(newest - 1);
    relation->state = MNI_RELATION_WANTED;
}

void mni_relation_reset(mni_relation *relation, uint16_t newest)
{
    relation->acked = newest;
    if (relation->state == MNI_RELATION_LIVE) {
        relation->state = MNI_RELATION_SENT;
    }
}

void mni_relation_name(mni_relation *relation)
{
    if (relation->state == MNI_RELATION_WANTED) {
        relation->state = MNI_RELATION_SENT;
    }
}

bool mni_relation_go(mni_relation *relation, uint32_t reason)
{
    if (relation->state == MNI_RELATION_WANTED) {
        mni_relation_free(relation);
        return false;
    }
    relation->object = reason;
    relation->sent = 0;
    relation->state = MNI_RELATION_GONE;
    return true;
}

void mni_relation_age(mni_relation *relation, uint16_t flush, uint16_t newest)
{
    if ((uint16_t)(flush - relation->acked) >= MNI_HISTORY_REACH) {
        mni_relation_reset(relation, newest);
    }
}

bool mni_relation_is_behind(const mni_relation *relation, uint16_t target)
{
    return relation->state != MNI_RELATION_LIVE || relation->acked != target;
}

bool mni_relation_is_due(const mni_relation *relation, uint16_t target, uint16_t now_ms)
{
    if (relation->state == MNI_RELATION_WANTED) {
        return true;
    }
    if (relation->state == MNI_RELATION_GONE) {
        target = GONE_VERSION;
    }
    return relation->sent != target || (uint16_t)(now_ms - relation->sent_ms) >= MNI_REPEAT_MS;
}

void mni_relation_send(mni_relation *relation, uint16_t version, uint16_t now_ms)
{
    if (relation->state == MNI_RELATION_WANTED) {
        relation->state = MNI_RELATION_SENT;
    }
    relation->sent = relation->state == MNI_RELATION_GONE ? GONE_VERSION : version;
    relation->sent_ms = now_ms;
}

void mni_relation_delivered(mni_relation *relation, uint16_t version)
{
    int32_t ahead = mni_seq16_distance(relation->acked, version);
    if (relation->state == MNI_RELATION_SENT && ahead >= 0) {
        relation->state = MNI_RELATION_LIVE;
        relation->acked = version;
    } else if (relation->state == MNI_RELATION_LIVE && ahead > 0) {
        relation->acked = version;
    }
}

void mni_relation_lost(mni_relation *relation, uint16_t version)
{
    if (relation->state == MNI_RELATION_GONE) {
        relation->sent = 0;
    } else if (relation->sent == version) {
        relation->sent = (uint16_t)(version - 1);
    }
}

void mni_relation_free(mni_relation *relation)
{
    relation->state = MNI_RELATION_FREE;
    relation->generation++;
}

/* SPDX-License-Identifier: MIT */
/* What happens in a captured session, from who comes in first to the end. */
#ifndef CONFORMANCE_SCRIPT_H
#define CONFORMANCE_SCRIPT_H

#include "conformance/session.h"

void script_play(session *s); /* which has just opened */

#endif

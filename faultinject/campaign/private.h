/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of campaign/ share with one another only. */
#ifndef DRIVERVM_CAMPAIGN_PRIVATE_H
#define DRIVERVM_CAMPAIGN_PRIVATE_H

#include "core/util.h"
#include "faultinject/campaign/campaign.h"

/* Reports "FILE:LINE: ..." (of @text at or below @anchor, NULL: the start); returns -EINVAL. */
int campaign_bad(const struct campaign *c, const char *anchor, const char *text, const char *fmt,
		 ...) __printf(4, 5);

#endif

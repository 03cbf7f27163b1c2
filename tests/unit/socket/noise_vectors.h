/* SPDX-License-Identifier: MIT */
/*
 * The cacophony test vectors of the Noise Protocol Framework for our four patterns: the numbers of
 * its file vectors/cacophony.txt, in hexadecimal, under names of our own. Its handshakes differ in
 * the pattern alone: keys, prologue and payloads are the same in all, and so stand here once. The
 * payloads alternate between client and server; from the third on they are sealed with the keys of
 * the split.
 */
#ifndef NOISE_VECTORS_H
#define NOISE_VECTORS_H

static const char *const vector_prologue = "4a6f686e2047616c74";
static const char *const vector_client_ephemeral =
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char *const vector_server_ephemeral =
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
static const char *const vector_server_private =
    "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char *const vector_server_public =
    "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62";
static const char *const vector_shared =
    "54686973206973206d7920417573747269616e20706572737065637469766521";

enum { VECTOR_MESSAGES = 6 };

static const char *const vector_payloads[VECTOR_MESSAGES] = {
    "4c756477696720766f6e204d69736573",
    "4d757272617920526f746862617264",
    "462e20412e20486179656b",
    "4361726c204d656e676572",
    "4a65616e2d426170746973746520536179",
    "457567656e2042f6686d20766f6e2042617765726b",
};

typedef struct noise_vector {
    const char *hash; /* of the handshake */
    const char *messages[VECTOR_MESSAGES];
} noise_vector;

static const noise_vector noise_vectors[] = {
    [MNI_PATTERN_NN] = {"a621e3943a29c1d984b43727697fbec096107d0b569031ac7e0f1131de19f4f4",
                        {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                         "4c756477696720766f6e204d69736573",
                         "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                         "ff34a6759d06e7733c83aeb5556c15bc762b664b3ba0556b1e7eaea4168bb6",
                         "79285da88da3535f52b07b70006c85706de7ddb1fd3dddac995b7e",
                         "ffdad3a7f0db4c39077f223659c5c1d107666405566ecdf4ab53bf",
                         "2b9801f5084b9a7e9df57382fb4af099a63cd8ff97bc3284c4c5f28994be58ae"
                         "46",
                         "6c94a97c5de175c870fb9e8d5c50c59d20752b0695baf24e151011ee46a184a6"
                         "5b444e9d97"}},
    [MNI_PATTERN_NN_PSK] = {"b3e9c846d264120a4211e18307da91157a21e92e69b639c50f027f101db3e1a6",
                            {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                             "fda936bec35a8adfdff198386f7d5475880897edaaf7495314c99095a2e4d66a",
                             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                             "4cd2a371993ba41ea11448024fca32766b169183c9e691a7a433279da7e729",
                             "bc44da303ae0beb08075fc4eb4e58235c67c2d1f53a4f2fff0bca7",
                             "416d1af83e9fa6966ce4e871156b131aa9bd7e9a1d6f8794f4872a",
                             "8a7d81b77bcc6c072f2b807da066efba6b5fab9edf71a7faceb2c8454b0cfef6"
                             "08",
                             "1e2ee010f72894824a25a867664ff298f2548a145dc4e9d27b1cad83f32fa7c5"
                             "4d69dc3279"}},
    [MNI_PATTERN_NK] = {"d7244d974066aae2376f7ba5534f60a6e4e82cd7c9751e226cae3928e6b49f14",
                        {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                         "54ae7612d1724af42adb130160a9a94e67b5b169b4e00c189f6467cd17eb7cad",
                         "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                         "986a5c929337e337ac8b4a074af12ab9f76318a5f18c8b599a443af07383ce",
                         "550027c7a5d450017bcb5e12b8253b1c53fd2213aeda84891d5f95",
                         "dfbce0c38210ccee35e830aca9dd8b8b3997b933e75bfc8864b759",
                         "4c487a88330c7c65e44d430addf3d92d2a15b081a2892b96693e00b68aec0ada"
                         "c2",
                         "471cb9f8252d8ae7b25c93f4b4aebdbf25e5baa23f14bc743559e3ef7fd065e6"
                         "9cfaef55ee"}},
    [MNI_PATTERN_NK_PSK] = {"6bd69bd4066f41f32e47134976f5bf01606f7a4a0e04369fe61158b06f3a144e",
                            {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                             "27635ede06947b2d3acd77a36788aaaf17e9f5a8ac252e560fb421ba161a2cf8",
                             "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                             "d682eb9cf4fee6816c8c8cfd34c15774321e234e3a426d7cfd3f13e5e84d04",
                             "b6645684db57679aa08f0b3352d58f32ec7f1e1a02083d5bd54277",
                             "473a9a4109eba0939e934640d318984df8d0900aa922f0195a09ad",
                             "c8c44a16fff728f83e61272382149feadd3eb0ee1bab6313f84c72fe15812252"
                             "36",
                             "21354f87158ac5e357529e87e8c84cfcdb49c8a080550c8f908d05ef7ea82ca5"
                             "25e3d1398e"}},
};

#endif

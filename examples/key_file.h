/* SPDX-License-Identifier: MIT */
/* A server's identity: a private key, made once and kept in a file that nobody else may read. */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include <miragenet.h>

/* Reads the key, or makes one if there is no such file. 0: done; -1: said on stderr why not. */
int key_file_open(const char *path, uint8_t private_key_out[MN_KEY_SIZE]);
/* The text of the public key that belongs to it: what clients need to know. */
void key_file_public_text(const uint8_t private_key[MN_KEY_SIZE], char text_out[MN_KEY_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Makes a test of a fuzz target, for compilers that have no fuzzer: feeds it the empty input, every
 * file of its corpus in the order of names, and, if asked to, pseudo-random mutations of these. The
 * mutations follow from the seed alone (argument, else MN_SEED, else 1). Each input lies in a block
 * of exactly its size, so that a sanitizer sees a read past its end.
 *
 * Usage: replay corpus-directory [mutations] [seed]
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4096, OPERATIONS_MAX = 8 };

typedef struct input {
    size_t size;
    uint8_t bytes[INPUT_MAX];
} input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do, zero too. */
static uint64_t random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t random_below(uint64_t *state, size_t bound)
{
    return (size_t)(random_next(state) % bound);
}

static void feed(const input *in)
{
    uint8_t *copy = malloc(in->size > 0 ? in->size : 1);
    if (copy == NULL) {
        fputs("replay: no memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    memcpy(copy, in->bytes, in->size);
    (void)LLVMFuzzerTestOneInput(copy, in->size);
    free(copy);
}

static void insert(input *in, uint64_t *state)
{
    size_t count = 1 + random_below(state, 16);
    if (count > INPUT_MAX - in->size) {
        return;
    }
    size_t at = random_below(state, in->size + 1);
    memmove(in->bytes + at + count, in->bytes + at, in->size - at);
    for (size_t i = 0; i < count; i++) {
        in->bytes[at + i] = (uint8_t)random_next(state);
    }
    in->size += count;
}

/* The values at which lengths, counts and varints go wrong. */
static uint8_t edge_byte(uint64_t *state)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff};
    return edges[random_below(state, sizeof(edges))];
}

static void mutate(input *in, uint64_t *state)
{
    size_t operations = 1 + random_below(state, OPERATIONS_MAX);
    for (size_t i = 0; i < operations; i++) {
        if (in->size == 0) {
            insert(in, state);
            continue;
        }
        size_t at = random_below(state, in->size);
        switch (random_below(state, 6)) {
        case 0:
            in->bytes[at] ^= (uint8_t)(1U << random_below(state, 8));
            break;
        case 1:
            in->bytes[at] = (uint8_t)random_next(state);
            break;
        case 2:
            in->bytes[at] = edge_byte(state);
            break;
        case 3:
            in->size = at;
            break;
        case 4: /* another part of itself over this one */
            memmove(in->bytes + at, in->bytes + random_below(state, at + 1), in->size - at);
            break;
        default:
            insert(in, state);
            break;
        }
    }
}

/* The part of the file that fits. 0: it cannot be read. */
static int load(const char *directory, const char *name, input *in)
{
    char path[1024];
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return 0;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    in->size = fread(in->bytes, 1, sizeof(in->bytes), file);
    int is_good = !ferror(file);
    return fclose(file) == 0 && is_good;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Which input is at work is said before it is fed: the last line tells which one failed. */
static int replay(const char *directory, input *inputs, size_t count, struct dirent **entries)
{
    printf("the empty input\n");
    (void)fflush(stdout);
    feed(&inputs[0]);
    for (size_t i = 1; i < count; i++) {
        const char *name = entries[i - 1]->d_name;
        if (!load(directory, name, &inputs[i])) {
            fprintf(stderr, "replay: cannot read %s/%s\n", directory, name);
            return EXIT_FAILURE;
        }
        printf("%s\n", name);
        (void)fflush(stdout);
        feed(&inputs[i]);
    }
    return EXIT_SUCCESS;
}

static void feed_mutations(const input *inputs, size_t count, uint64_t mutations, uint64_t seed)
{
    printf("%" PRIu64 " mutations, seed %" PRIu64 "\n", mutations, seed);
    (void)fflush(stdout);
    uint64_t state = seed;
    for (uint64_t i = 0; i < mutations; i++) {
        input mutant = inputs[random_below(&state, count)];
        mutate(&mutant, &state);
        feed(&mutant);
    }
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        fputs("usage: replay corpus-directory [mutations] [seed]\n", stderr);
        return EXIT_FAILURE;
    }
    const char *seed = argument_count > 3 ? arguments[3] : getenv("MN_SEED");
    uint64_t mutations = argument_count > 2 ? strtoull(arguments[2], NULL, 10) : 0;

    struct dirent **entries = NULL;
    int entry_count = scandir(arguments[1], &entries, is_visible, alphasort);
    if (entry_count < 0) {
        fprintf(stderr, "replay: there is no corpus in %s\n", arguments[1]);
        return EXIT_FAILURE;
    }
    size_t count = (size_t)entry_count + 1; /* the first is the empty one */
    input *inputs = calloc(count, sizeof(*inputs));
    if (inputs == NULL) {
        fputs("replay: no memory\n", stderr);
        return EXIT_FAILURE;
    }
    int result = replay(arguments[1], inputs, count, entries);
    if (result == EXIT_SUCCESS) {
        feed_mutations(inputs, count, mutations, seed != NULL ? strtoull(seed, NULL, 10) : 1);
    }
    for (int i = 0; i < entry_count; i++) {
        free(entries[i]);
    }
    free(entries);
    free(inputs);
    return result;
}

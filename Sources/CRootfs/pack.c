// A layer on its way into a file. gzip: blocks of a fixed size become members of their own, compressed by several
// threads and written in order; any reader of gzip takes members as one stream. zstd has threads of its own.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CRootfs.h"

#include <errno.h>
#include <libdeflate.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum { BLOCK = 1 << 20, SLOTS = 10, PIECE = 256 << 10 };
enum state { EMPTY, READY, BUSY, DONE };

struct slot {
    enum state state;
    rf_byte *in, *out;
    size_t in_size, out_size, out_room;
};

struct rf_packer {
    int fd, compression, level, error;
    SHA256_CTX digest, diff_digest;
    int64_t size, diff_size;
    ZSTD_CCtx *zstd;
    rf_byte *piece;
    // Only for gzip.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct slot slots[SLOTS];
    int filling, draining, claim, used, threads, ending;
    pthread_t thread[8];
};

static int emit(rf_packer *p, const rf_byte *data, size_t size) {
    SHA256_Update(&p->digest, data, size);
    p->size += (int64_t)size;
    while (size > 0) {
        ssize_t count = write(p->fd, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return p->error = -errno;
        data += count;
        size -= (size_t)count;
    }
    return 0;
}

static void *compress_blocks(void *argument) {
    rf_packer *p = argument;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(p->level);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct slot *slot = &p->slots[p->claim];
        if (slot->state != READY) {
            if (p->ending) break;
            pthread_cond_wait(&p->changed, &p->lock);
            continue;
        }
        slot->state = BUSY;
        p->claim = (p->claim + 1) % p->used;
        pthread_mutex_unlock(&p->lock);
        slot->out_size =
            compressor ? libdeflate_gzip_compress(compressor, slot->in, slot->in_size, slot->out, slot->out_room) : 0;
        pthread_mutex_lock(&p->lock);
        slot->state = DONE;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    if (compressor) libdeflate_free_compressor(compressor);
    return NULL;
}

static int start_gzip(rf_packer *p, int threads) {
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->used = threads + 2 > SLOTS ? SLOTS : threads + 2;
    size_t room = BLOCK + BLOCK / 16 + 1024;  // more than libdeflate_gzip_compress_bound answers
    for (int i = 0; i < p->used; i++) {
        p->slots[i].out_room = room;
        if (!(p->slots[i].in = malloc(BLOCK)) || !(p->slots[i].out = malloc(room))) return -ENOMEM;
    }
    for (int i = 0; i < threads && i < 8; i++)
        if (pthread_create(&p->thread[p->threads], NULL, compress_blocks, p) == 0) p->threads++;
    return p->threads > 0 ? 0 : -EAGAIN;
}

static int start_zstd(rf_packer *p, int threads) {
    if (!(p->zstd = ZSTD_createCCtx())) return -ENOMEM;
    ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, p->level);
    ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
    // With one worker or more the output doesn't depend on their number. A library without threads refuses it.
    ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_nbWorkers, threads > 2 ? 2 : threads);
    ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_jobSize, 2 << 20);
    return 0;
}

static void release(rf_packer *p) {
    for (int i = 0; i < SLOTS; i++) {
        free(p->slots[i].in);
        free(p->slots[i].out);
    }
    if (p->zstd) ZSTD_freeCCtx(p->zstd);
    free(p->piece);
    free(p);
}

rf_packer *rf_packer_new(int fd, int compression, int level, int threads) {
    rf_packer *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->fd = fd;
    p->compression = compression;
    p->level = level;
    SHA256_Init(&p->digest);
    SHA256_Init(&p->diff_digest);
    int result = (p->piece = malloc(PIECE)) ? 0 : -ENOMEM;
    if (result == 0 && compression == RF_GZIP) result = start_gzip(p, threads);
    if (result == 0 && compression == RF_ZSTD) result = start_zstd(p, threads);
    if (result == 0) return p;
    release(p);
    return NULL;
}

// Waits for the oldest block and writes it.
static int drain(rf_packer *p) {
    struct slot *slot = &p->slots[p->draining];
    pthread_mutex_lock(&p->lock);
    while (slot->state != DONE) pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    int result = slot->out_size ? emit(p, slot->out, slot->out_size) : (p->error = -EIO);
    pthread_mutex_lock(&p->lock);
    slot->state = EMPTY;
    slot->in_size = 0;
    pthread_mutex_unlock(&p->lock);
    p->draining = (p->draining + 1) % p->used;
    return result;
}

static void submit(rf_packer *p) {
    pthread_mutex_lock(&p->lock);
    p->slots[p->filling].state = READY;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    p->filling = (p->filling + 1) % p->used;
}

static int write_gzip(rf_packer *p, const rf_byte *data, size_t size) {
    while (size > 0) {
        struct slot *slot = &p->slots[p->filling];
        pthread_mutex_lock(&p->lock);
        int is_empty = slot->state == EMPTY;
        pthread_mutex_unlock(&p->lock);
        if (!is_empty) {
            int result = drain(p);
            if (result < 0) return result;
            continue;
        }
        size_t count = BLOCK - slot->in_size < size ? BLOCK - slot->in_size : size;
        memcpy(slot->in + slot->in_size, data, count);
        slot->in_size += count;
        data += count;
        size -= count;
        if (slot->in_size == BLOCK) submit(p);
    }
    return 0;
}

static int write_zstd(rf_packer *p, const rf_byte *data, size_t size, ZSTD_EndDirective end) {
    rf_byte out[64 << 10];
    ZSTD_inBuffer input = {data, size, 0};
    for (;;) {
        ZSTD_outBuffer output = {out, sizeof out, 0};
        size_t left = ZSTD_compressStream2(p->zstd, &output, &input, end);
        if (ZSTD_isError(left)) return p->error = -EIO;
        if (output.pos > 0) {
            int result = emit(p, out, output.pos);
            if (result < 0) return result;
        }
        if (end == ZSTD_e_end ? left == 0 : input.pos == input.size) return 0;
    }
}

int rf_packer_write(rf_packer *p, const rf_byte *data, size_t size) {
    if (p->error) return p->error;
    SHA256_Update(&p->diff_digest, data, size);
    p->diff_size += (int64_t)size;
    switch (p->compression) {
    case RF_GZIP: return write_gzip(p, data, size);
    case RF_ZSTD: return write_zstd(p, data, size, ZSTD_e_continue);
    default: return emit(p, data, size);
    }
}

int rf_packer_copy(rf_packer *p, int from, int64_t size) {
    while (size > 0) {
        ssize_t count = read(from, p->piece, size > PIECE ? PIECE : (size_t)size);
        if (count < 0 && errno == EINTR) {
            if (rf_interrupted()) return -EINTR;
            continue;
        }
        if (count < 0) return -errno;
        if (count == 0) return -ENODATA;
        int result = rf_packer_write(p, p->piece, (size_t)count);
        if (result < 0) return result;
        size -= count;
    }
    return rf_interrupted() ? -EINTR : 0;
}

int rf_packer_finish(rf_packer *p, struct rf_packed *out) {
    int result = p->error;
    if (p->compression == RF_GZIP) {
        // An empty layer, too, is a gzip stream.
        struct slot *last = &p->slots[p->filling];
        pthread_mutex_lock(&p->lock);
        int is_filling = last->state == EMPTY && (last->in_size > 0 || p->diff_size == 0);
        pthread_mutex_unlock(&p->lock);
        if (is_filling) submit(p);
        while (result == 0 && p->draining != p->filling) result = drain(p);
        // All slots full: both places are the same, and there is more to write.
        while (result == 0 && p->slots[p->draining].state != EMPTY) result = drain(p);
        pthread_mutex_lock(&p->lock);
        p->ending = 1;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        for (int i = 0; i < p->threads; i++) pthread_join(p->thread[i], NULL);
    } else if (p->compression == RF_ZSTD && result == 0) {
        result = write_zstd(p, NULL, 0, ZSTD_e_end);
    }
    if (out && result == 0) {
        SHA256_Final(out->digest, &p->digest);
        SHA256_Final(out->diff_digest, &p->diff_digest);
        out->size = p->size;
        out->diff_size = p->diff_size;
    }
    release(p);
    return result;
}

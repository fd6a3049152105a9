// A layer on its way out of a file: a thread reads, hashes, decompresses and hashes again, while the caller makes files.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CRootfs.h"

#include <errno.h>
#include <openssl/sha.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { BLOCK = 256 << 10, SLOTS = 8, INPUT = 256 << 10 };

struct block { rf_byte *data; size_t size; };

struct rf_unpacker {
    int fd, compression;
    int64_t offset, left;  // left < 0: to the end of the stream
    pthread_t thread;
    int is_running;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct block blocks[SLOTS];
    int first, count, ended, stopping, error;
    int stop;  // readable when the thread is to end
    size_t consumed;
    // The thread's own.
    rf_byte *input;
    z_stream zlib;
    ZSTD_DCtx *zstd;
    SHA256_CTX digest, diff_digest;
    int64_t size, diff_size;
};

// Waits for a stream's next bytes, the end of the work, or a signal: a program that writes the stream may take minutes.
static int wait_for_input(rf_unpacker *u) {
    struct pollfd all[] = {
        {.fd = u->fd, .events = POLLIN}, {.fd = u->stop, .events = POLLIN}, {.fd = rf_signal_fd(), .events = POLLIN}};
    while (poll(all, 3, -1) < 0)
        if (errno != EINTR) return -errno;
    return all[1].revents ? -ECANCELED : all[2].revents ? -EINTR : 0;
}

// The next bytes as they are in the file; 0 at the end.
static int64_t next_input(rf_unpacker *u) {
    size_t most = u->left < 0 || u->left > INPUT ? INPUT : (size_t)u->left;
    if (most == 0) return 0;
    ssize_t count;
    do {
        int result = u->offset < 0 ? wait_for_input(u) : 0;
        if (result < 0) return result;
        count = u->offset < 0 ? read(u->fd, u->input, most) : pread(u->fd, u->input, most, u->offset);
    } while (count < 0 && errno == EINTR && !rf_interrupted());
    if (count < 0) return -errno;
    if (count == 0) return u->left > 0 ? -ENODATA : 0;
    if (u->offset >= 0) u->offset += count;
    if (u->left > 0) u->left -= count;
    SHA256_Update(&u->digest, u->input, (size_t)count);
    u->size += count;
    return count;
}

// An empty block to fill, or NULL if the reader has gone.
static struct block *empty_block(rf_unpacker *u) {
    pthread_mutex_lock(&u->lock);
    while (u->count == SLOTS && !u->stopping) pthread_cond_wait(&u->changed, &u->lock);
    struct block *block = u->stopping ? NULL : &u->blocks[(u->first + u->count) % SLOTS];
    pthread_mutex_unlock(&u->lock);
    if (block) block->size = 0;
    return block;
}

static void hand_over(rf_unpacker *u, struct block *block) {
    SHA256_Update(&u->diff_digest, block->data, block->size);
    u->diff_size += (int64_t)block->size;
    pthread_mutex_lock(&u->lock);
    u->count++;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
}

static int run_plain(rf_unpacker *u) {
    for (;;) {
        int64_t count = next_input(u);
        if (count <= 0) return (int)count;
        struct block *block = empty_block(u);
        if (!block) return -ECANCELED;
        memcpy(block->data, u->input, (size_t)count);
        block->size = (size_t)count;
        hand_over(u, block);
    }
}

// Fills blocks from members; zeros or nothing may follow the last one.
static int run_gzip(rf_unpacker *u) {
    if (inflateInit2(&u->zlib, 15 + 16) != Z_OK) return -ENOMEM;
    struct block *block = NULL;
    int at_boundary = 1, result = 0, members = 0;
    for (;;) {
        if (u->zlib.avail_in == 0) {
            int64_t count = next_input(u);
            if (count < 0) { result = (int)count; break; }
            if (count == 0) { result = at_boundary && members > 0 ? 0 : -ENODATA; break; }
            u->zlib.next_in = u->input;
            u->zlib.avail_in = (uInt)count;
        }
        if (at_boundary && members > 0 && u->zlib.next_in[0] == 0) {  // padding behind the last member
            u->zlib.next_in++;
            u->zlib.avail_in--;
            continue;
        }
        at_boundary = 0;
        if (!block && !(block = empty_block(u))) { result = -ECANCELED; break; }
        u->zlib.next_out = block->data + block->size;
        u->zlib.avail_out = (uInt)(BLOCK - block->size);
        int answer = inflate(&u->zlib, Z_NO_FLUSH);
        block->size = BLOCK - u->zlib.avail_out;
        if (block->size == BLOCK) {
            hand_over(u, block);
            block = NULL;
        }
        if (answer == Z_STREAM_END) {
            at_boundary = 1;
            members++;
            inflateReset(&u->zlib);
        } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
            result = answer == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
            break;
        }
    }
    if (result == 0 && block && block->size > 0) hand_over(u, block);
    inflateEnd(&u->zlib);
    return result;
}

static int run_zstd(rf_unpacker *u) {
    if (!(u->zstd = ZSTD_createDCtx())) return -ENOMEM;
    ZSTD_inBuffer input = {u->input, 0, 0};
    struct block *block = NULL;
    size_t state = 1;
    int result = 0;
    for (;;) {
        if (input.pos == input.size) {
            int64_t count = next_input(u);
            if (count < 0) { result = (int)count; break; }
            if (count == 0) { result = state == 0 ? 0 : -ENODATA; break; }
            input = (ZSTD_inBuffer){u->input, (size_t)count, 0};
        }
        if (!block && !(block = empty_block(u))) { result = -ECANCELED; break; }
        ZSTD_outBuffer output = {block->data, BLOCK, block->size};
        state = ZSTD_decompressStream(u->zstd, &output, &input);
        if (ZSTD_isError(state)) { result = -EBADMSG; break; }
        block->size = output.pos;
        if (block->size == BLOCK) {
            hand_over(u, block);
            block = NULL;
        }
    }
    // What the decoder still holds back.
    while (result == -ENODATA) {
        if (!block && !(block = empty_block(u))) { result = -ECANCELED; break; }
        ZSTD_outBuffer output = {block->data, BLOCK, block->size};
        state = ZSTD_decompressStream(u->zstd, &output, &input);
        if (ZSTD_isError(state)) { result = -EBADMSG; break; }
        if (state == 0) result = 0;
        if (output.pos == block->size && state != 0) break;
        block->size = output.pos;
        if (block->size == BLOCK) {
            hand_over(u, block);
            block = NULL;
        }
    }
    if (result == 0 && block && block->size > 0) hand_over(u, block);
    ZSTD_freeDCtx(u->zstd);
    return result;
}

static void *work(void *argument) {
    rf_unpacker *u = argument;
    int result = u->compression == RF_GZIP ? run_gzip(u) : u->compression == RF_ZSTD ? run_zstd(u) : run_plain(u);
    pthread_mutex_lock(&u->lock);
    u->ended = 1;
    u->error = result;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
    return NULL;
}

static void release(rf_unpacker *u) {
    for (int i = 0; i < SLOTS; i++) free(u->blocks[i].data);
    if (u->stop >= 0) close(u->stop);
    free(u->input);
    free(u);
}

rf_unpacker *rf_unpacker_new(int fd, int64_t offset, int64_t size, int compression) {
    rf_unpacker *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->fd = fd;
    u->offset = offset;
    u->left = size;
    u->compression = compression;
    SHA256_Init(&u->digest);
    SHA256_Init(&u->diff_digest);
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->changed, NULL);
    u->stop = eventfd(0, EFD_CLOEXEC);
    int is_ready = u->stop >= 0 && (u->input = malloc(INPUT)) != NULL;
    for (int i = 0; i < SLOTS; i++) is_ready = is_ready && (u->blocks[i].data = malloc(BLOCK));
    if (is_ready && pthread_create(&u->thread, NULL, work, u) == 0) return u;
    release(u);
    return NULL;
}

// The oldest full block, or NULL at the end.
static struct block *full_block(rf_unpacker *u) {
    pthread_mutex_lock(&u->lock);
    while (u->count == 0 && !u->ended) pthread_cond_wait(&u->changed, &u->lock);
    struct block *block = u->count > 0 ? &u->blocks[u->first] : NULL;
    pthread_mutex_unlock(&u->lock);
    return block;
}

static void consume(rf_unpacker *u, struct block *block, size_t count) {
    u->consumed += count;
    if (u->consumed < block->size) return;
    u->consumed = 0;
    pthread_mutex_lock(&u->lock);
    u->first = (u->first + 1) % SLOTS;
    u->count--;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
}

int64_t rf_unpacker_read(rf_unpacker *u, rf_byte *buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        struct block *block = full_block(u);
        if (!block) return u->error < 0 ? u->error : (int64_t)done;
        size_t count = block->size - u->consumed < size - done ? block->size - u->consumed : size - done;
        memcpy(buffer + done, block->data + u->consumed, count);
        done += count;
        consume(u, block, count);
    }
    return (int64_t)done;
}

int rf_unpacker_copy(rf_unpacker *u, int to, int64_t size) {
    while (size > 0) {
        if (rf_interrupted()) return -EINTR;
        struct block *block = full_block(u);
        if (!block) return u->error < 0 ? u->error : -ENODATA;
        size_t count = block->size - u->consumed;
        if ((int64_t)count > size) count = (size_t)size;
        ssize_t written = to < 0 ? (ssize_t)count : write(to, block->data + u->consumed, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -errno;
        size -= written;
        consume(u, block, (size_t)written);
    }
    return 0;
}

void rf_unpacker_digests(rf_unpacker *u, struct rf_packed *out) {
    SHA256_CTX digest = u->digest, diff = u->diff_digest;
    SHA256_Final(out->digest, &digest);
    SHA256_Final(out->diff_digest, &diff);
    out->size = u->size;
    out->diff_size = u->diff_size;
}

void rf_unpacker_free(rf_unpacker *u) {
    pthread_mutex_lock(&u->lock);
    u->stopping = 1;
    pthread_cond_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
    eventfd_write(u->stop, 1);
    pthread_join(u->thread, NULL);
    release(u);
}

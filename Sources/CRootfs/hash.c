// SHA-256 by libcrypto, which uses the processor's own instructions for it. The plain functions cost no set-up for each
// of many small files; that they are deprecated since OpenSSL 3 means that providers can't replace them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CRootfs.h"

#include <errno.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct rf_hash { SHA256_CTX context; };

rf_hash *rf_hash_new(void) {
    rf_hash *hash = malloc(sizeof *hash);
    if (hash) SHA256_Init(&hash->context);
    return hash;
}
void rf_hash_update(rf_hash *hash, const rf_byte *data, size_t size) { SHA256_Update(&hash->context, data, size); }
void rf_hash_finish(rf_hash *hash, rf_byte digest[32]) {
    SHA256_Final(digest, &hash->context);
    free(hash);
}

enum { BUFFER = 256 << 10 };

static int64_t hash_with(int fd, rf_byte digest[32], rf_byte *buffer) {
    SHA256_CTX context;
    SHA256_Init(&context);
    int64_t total = 0;
    for (;;) {
        ssize_t count = read(fd, buffer, BUFFER);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) break;
        SHA256_Update(&context, buffer, (size_t)count);
        total += count;
    }
    SHA256_Final(digest, &context);
    return total;
}

int64_t rf_hash_file(int fd, rf_byte digest[32]) {
    rf_byte *buffer = malloc(BUFFER);
    if (!buffer) return -ENOMEM;
    int64_t result = hash_with(fd, digest, buffer);
    free(buffer);
    return result;
}

enum { QUEUE = 64 };

struct job { int fd; rf_byte *digest; int64_t *length; };

struct rf_hasher {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    struct job jobs[QUEUE];
    int first, count, ending, threads;
    pthread_t thread[8];
};

static void *work(void *argument) {
    rf_hasher *h = argument;
    rf_byte *buffer = malloc(BUFFER);
    for (;;) {
        pthread_mutex_lock(&h->lock);
        while (h->count == 0 && !h->ending) pthread_cond_wait(&h->filled, &h->lock);
        if (h->count == 0) {
            pthread_mutex_unlock(&h->lock);
            break;
        }
        struct job job = h->jobs[h->first];
        h->first = (h->first + 1) % QUEUE;
        h->count--;
        pthread_cond_signal(&h->emptied);
        pthread_mutex_unlock(&h->lock);
        *job.length = buffer ? hash_with(job.fd, job.digest, buffer) : -ENOMEM;
        close(job.fd);
    }
    free(buffer);
    return NULL;
}

rf_hasher *rf_hasher_new(int threads) {
    rf_hasher *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->filled, NULL);
    pthread_cond_init(&h->emptied, NULL);
    for (int i = 0; i < threads && i < 8; i++)
        if (pthread_create(&h->thread[h->threads], NULL, work, h) == 0) h->threads++;
    if (h->threads == 0) {
        free(h);
        return NULL;
    }
    return h;
}

void rf_hasher_submit(rf_hasher *h, int fd, rf_byte *digest, int64_t *length) {
    pthread_mutex_lock(&h->lock);
    while (h->count == QUEUE) pthread_cond_wait(&h->emptied, &h->lock);
    h->jobs[(h->first + h->count++) % QUEUE] = (struct job){fd, digest, length};
    pthread_cond_signal(&h->filled);
    pthread_mutex_unlock(&h->lock);
}

void rf_hasher_finish(rf_hasher *h) {
    pthread_mutex_lock(&h->lock);
    h->ending = 1;
    pthread_cond_broadcast(&h->filled);
    pthread_mutex_unlock(&h->lock);
    for (int i = 0; i < h->threads; i++) pthread_join(h->thread[i], NULL);
    free(h);
}

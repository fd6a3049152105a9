// What swrun-rootfs needs of the kernel and of Debian's libraries beyond CLinux: names as bytes, extended attributes,
// hashing, compression and decompression in threads of their own. Swift code stays in one thread.
//
// Each call answers a result or -errno, as in CLinux.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef unsigned char rf_byte;

// --- Files, by a directory's descriptor and a NUL-terminated name that need not be UTF-8 (calls.c).

struct rf_stat {
    uint32_t mode, uid, gid, links, major, minor;
    uint64_t device, inode;
    int64_t size, blocks, seconds, nanoseconds, changed_seconds, changed_nanoseconds;
};

int rf_openat(int dir, const rf_byte *name, int flags, unsigned mode);
// openat2 below `dir`: absolute links and `..` stay below it, magic links are refused.
int rf_open_in(int dir, const rf_byte *name, int flags, uint64_t resolve);
int rf_stat_at(int dir, const rf_byte *name, struct rf_stat *out);
int rf_stat_fd(int fd, struct rf_stat *out);
int rf_mkdirat(int dir, const rf_byte *name, unsigned mode);
int rf_mknodat(int dir, const rf_byte *name, unsigned mode, unsigned major_, unsigned minor_);
int rf_symlinkat(const rf_byte *text, int dir, const rf_byte *name);
int64_t rf_readlinkat(int dir, const rf_byte *name, rf_byte *buffer, size_t size);
int rf_linkat(int from, const rf_byte *a, int to, const rf_byte *b);
// Gives an O_TMPFILE file its name.
int rf_link_fd(int fd, int dir, const rf_byte *name);
int rf_unlinkat(int dir, const rf_byte *name, int is_directory);
int rf_renameat(int from, const rf_byte *a, int to, const rf_byte *b, unsigned flags);
int rf_chown_at(int dir, const rf_byte *name, unsigned uid, unsigned gid);
int rf_chown_fd(int fd, unsigned uid, unsigned gid);
int rf_chmod_fd(int fd, unsigned mode);
int rf_utimes_at(int dir, const rf_byte *name, int64_t seconds, int64_t nanoseconds);
int rf_utimes_fd(int fd, int64_t seconds, int64_t nanoseconds);
int64_t rf_getdents(int fd, rf_byte *buffer, size_t size);
// Of the file itself, never of what a link leads to.
int64_t rf_listxattr(int dir, const rf_byte *name, rf_byte *buffer, size_t size);
int64_t rf_getxattr(int dir, const rf_byte *name, const rf_byte *key, rf_byte *buffer, size_t size);
int rf_setxattr(int dir, const rf_byte *name, const rf_byte *key, const rf_byte *value, size_t size);
int rf_removexattr(int dir, const rf_byte *name, const rf_byte *key);
// Copies all of a file to an empty one: by reflink if `share` asks for it (and -EOPNOTSUPP or the like where that
// can't be), else the data, holes left out.
int rf_copy(int from, int to, int64_t size, int share);
// FS_IOC_ENABLE_VERITY with SHA-256 and blocks of 4096 bytes; FS_IOC_MEASURE_VERITY.
int rf_verity_enable(int fd);
int rf_verity_measure(int fd, rf_byte digest[32]);

// --- Processes and signals (calls.c).

// SIGHUP, SIGINT and SIGTERM are noted from now on, and don't end the program.
void rf_catch_signals(void);
// The signal that came, or 0.
int rf_interrupted(void);
// Readable when one came; negative where they aren't noted.
int rf_signal_fd(void);
// How a program is started.
struct rf_manner {
    // What become its standard streams.
    int input, output, errors;
    // Open in the program, too; -1 for none.
    int held;
    // Whether what it mounts is gone with it.
    int own_mounts;
};
// Starts a program in a process group of its own, which gets SIGTERM if this one is killed; answers its pid. Its words
// have a NUL behind each.
int rf_spawn(const rf_byte *path, const rf_byte *words, size_t size, const struct rf_manner *manner);
// Replaces this program.
int rf_execute(const rf_byte *path, const rf_byte *words, size_t size);
// Waits; answers the exit status, or 128 and the signal's number. When a signal comes for this program meanwhile, the
// child's group gets SIGTERM, and SIGKILL with the next one.
int rf_wait(int pid);
// Tries a mount of overlayfs on a directory in a mount namespace of its own, as an ordinary user in a user namespace of
// its own; nothing of it stays.
int rf_probe_overlay(const rf_byte *target, const rf_byte *options, int in_user_namespace);
// A file in memory that programs started by this one find under the answered number.
int rf_memory_file(void);
// Deep trees need many open directories.
void rf_raise_descriptor_limit(void);
int64_t rf_now(void);
int rf_processors(void);

// --- SHA-256 (hash.c).

typedef struct rf_hash rf_hash;
rf_hash *rf_hash_new(void);
void rf_hash_update(rf_hash *hash, const rf_byte *data, size_t size);
void rf_hash_finish(rf_hash *hash, rf_byte digest[32]);  // and frees it
// Of the rest of a file; answers its length.
int64_t rf_hash_file(int fd, rf_byte digest[32]);

// Hashes many files in several threads. `submit` takes the descriptor over and waits if too many are waiting; the
// digest and the length (or -errno) are there after `finish`.
typedef struct rf_hasher rf_hasher;
rf_hasher *rf_hasher_new(int threads);
void rf_hasher_submit(rf_hasher *hasher, int fd, rf_byte *digest, int64_t *length);
void rf_hasher_finish(rf_hasher *hasher);

// --- Writing a layer: hash, compress, hash, write (pack.c).

enum rf_compression { RF_PLAIN = 0, RF_GZIP = 1, RF_ZSTD = 2 };

struct rf_packed {
    rf_byte digest[32], diff_digest[32];
    int64_t size, diff_size;
};

// Writes to `fd` from its position on. The same input gives the same output, however many threads there are.
typedef struct rf_packer rf_packer;
rf_packer *rf_packer_new(int fd, int compression, int level, int threads);
int rf_packer_write(rf_packer *packer, const rf_byte *data, size_t size);
// Exactly `size` bytes of a file, -ENODATA if it is shorter.
int rf_packer_copy(rf_packer *packer, int from, int64_t size);
// Frees the packer; `out` may be NULL if the work is thrown away.
int rf_packer_finish(rf_packer *packer, struct rf_packed *out);

// --- Reading a layer: read, hash, decompress, hash (unpack.c).

// Reads `size` bytes of `fd` from `offset` (-1: to the end of a stream) in a thread, and decompresses them.
typedef struct rf_unpacker rf_unpacker;
rf_unpacker *rf_unpacker_new(int fd, int64_t offset, int64_t size, int compression);
// Up to `size` decompressed bytes; 0 at the end, -EBADMSG for corrupt data, -ENODATA for data that stops short.
int64_t rf_unpacker_read(rf_unpacker *unpacker, rf_byte *buffer, size_t size);
// Writes the next `size` bytes to a file from its position on, -ENODATA if there are fewer.
int rf_unpacker_copy(rf_unpacker *unpacker, int to, int64_t size);
// What was read and what came out, once `read` has answered 0.
void rf_unpacker_digests(rf_unpacker *unpacker, struct rf_packed *out);
void rf_unpacker_free(rf_unpacker *unpacker);

/* A file layer that can lose what was not synced, fail on command, and end the process between two
 * calls. Loaded before a program (LD_PRELOAD), it watches writes below one directory:
 *
 *   CRASH_DIR      the directory; what lies elsewhere is left alone
 *   CRASH_UNDO     a directory for the journals, one for each file, named by device and inode: what each write
 *                  since the file's last sync replaced, and what it wrote. Whoever plays the loss
 *                  of power takes writes back by it once the process has ended (rig.py).
 *   CRASH_CONTROL  a file, read at every call: words that say what fails now
 *                    write=ENOSPC|EIO|EROFS  writes, cuts and openings to write fail
 *                    sync=EIO                syncs fail; what they were for stays unsynced
 *                                            until the file is synced again
 *                    sync=ignore             syncs say yes and do nothing: as with
 *                                             SQLite's synchronous=OFF
 *   CRASH_DIE      "write:N", "sync-before:N", "sync-after:N": SIGKILL at the Nth such call
 *
 * It does not model directories: a file that was made or renamed stays so. Writes through mmap are
 * not seen; SQLite makes its -shm file anew when nobody has it open, so the rig removes that.
 *
 * Build: cc -O2 -shared -fPIC -o power_loss.so power_loss.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *watched, *undo_directory, *control_path, *die_at;
static size_t watched_length;
static long die_count;
static char die_kind[16];

/* One write in a journal, followed by `old` bytes that were there and `new` bytes that came. */
struct entry {
    uint64_t offset, size_before, old, new;
};

__attribute__((constructor)) static void start(void) {
    watched = getenv("CRASH_DIR");
    undo_directory = getenv("CRASH_UNDO");
    control_path = getenv("CRASH_CONTROL");
    die_at = getenv("CRASH_DIE");
    if (watched) watched_length = strlen(watched);
    if (die_at) {
        const char *colon = strchr(die_at, ':');
        if (colon && (size_t)(colon - die_at) < sizeof die_kind) {
            memcpy(die_kind, die_at, (size_t)(colon - die_at));
            die_count = atol(colon + 1);
        }
    }
}

static void die_if(const char *kind) {
    if (die_count > 0 && strcmp(kind, die_kind) == 0 && --die_count == 0) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
}

/* Whether the control file has a word. */
static int told(const char *word) {
    char text[256];
    if (!control_path) return 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, control_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    long length = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    if (length <= 0) return 0;
    text[length] = 0;
    return strstr(text, word) != NULL;
}

/* The errno that writes fail with now, or 0. */
static int write_fault(void) {
    if (told("write=ENOSPC")) return ENOSPC;
    if (told("write=EIO")) return EIO;
    if (told("write=EROFS")) return EROFS;
    return 0;
}

static int is_watched_path(const char *path) {
    return watched && strncmp(path, watched, watched_length) == 0 &&
           (path[watched_length] == '/' || path[watched_length] == 0);
}

/* Whether a descriptor is a plain file below the directory; its path then. */
static int is_watched(int fd, char *path) {
    char link[64];
    if (!watched || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    struct stat found;
    if (!is_watched_path(path) || fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
    const char *ending = strrchr(path, '-');
    return !(ending && strcmp(ending, "-shm") == 0);
}

static int journal_of(int fd, int flags) {
    struct stat found;
    char name[PATH_MAX];
    if (!undo_directory || fstat(fd, &found) != 0) return -1;
    snprintf(name, sizeof name, "%s/%lu-%lu", undo_directory, (unsigned long)found.st_dev,
             (unsigned long)found.st_ino);
    return (int)syscall(SYS_openat, AT_FDCWD, name, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC | flags, 0600);
}

static void put(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        long done = syscall(SYS_write, fd, at, length);
        if (done <= 0) {
            fprintf(stderr, "power_loss: the journal cannot be written\n");
            abort();
        }
        at += done;
        length -= (size_t)done;
    }
}

/* Notes what a write of `length` bytes at `offset` is about to replace. A cut is a write of nothing
 * over everything behind it. */
static void note(int fd, uint64_t offset, const void *bytes, uint64_t length, int cut) {
    struct stat found;
    int journal = journal_of(fd, 0);
    if (journal < 0 || fstat(fd, &found) != 0) return;
    uint64_t size = (uint64_t)found.st_size, old = 0;
    uint64_t reach = cut ? (size > offset ? size - offset : 0) : length;
    if (offset < size) old = size - offset < reach ? size - offset : reach;
    char *before = malloc(old ? old : 1);
    uint64_t have = 0;
    /* The descriptor may be for writing only, so the file is opened once more. */
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int reader = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
    while (have < old) {
        long got = syscall(SYS_pread64, reader, before + have, old - have, offset + have);
        if (got <= 0) break;
        have += (uint64_t)got;
    }
    syscall(SYS_close, reader);
    struct entry entry = {offset, size, have, cut ? UINT64_MAX : length};
    put(journal, &entry, sizeof entry);
    put(journal, before, have);
    if (!cut) put(journal, bytes, length);
    free(before);
    syscall(SYS_close, journal);
}

static ssize_t written(int fd, const void *bytes, size_t length, off64_t offset, int at_offset) {
    char path[PATH_MAX];
    if (!is_watched(fd, path))
        return at_offset ? syscall(SYS_pwrite64, fd, bytes, length, offset)
                         : syscall(SYS_write, fd, bytes, length);
    pthread_mutex_lock(&lock);
    int fault = write_fault();
    ssize_t done = -1;
    if (fault == 0) {
        die_if("write");
        int flags = fcntl(fd, F_GETFL);
        if (!at_offset)
            offset = flags & O_APPEND ? lseek64(fd, 0, SEEK_END) : lseek64(fd, 0, SEEK_CUR);
        note(fd, (uint64_t)offset, bytes, length, 0);
        done = at_offset ? syscall(SYS_pwrite64, fd, bytes, length, offset)
                         : syscall(SYS_write, fd, bytes, length);
        fault = errno;
    }
    pthread_mutex_unlock(&lock);
    errno = fault;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, 0, 0); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return written(fd, bytes, length, offset, 1);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return written(fd, bytes, length, offset, 1);
}

/* Vectors are written piece by piece; nobody who watches a file here relies on their being one. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
    char path[PATH_MAX];
    if (!is_watched(fd, path)) return syscall(SYS_writev, fd, pieces, count);
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = written(fd, pieces[i].iov_base, pieces[i].iov_len, 0, 0);
        if (done < 0) return sum > 0 ? sum : -1;
        sum += done;
        if ((size_t)done < pieces[i].iov_len) break;
    }
    return sum;
}

static int cut(int fd, off64_t length) {
    char path[PATH_MAX];
    if (!is_watched(fd, path)) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int fault = write_fault(), done = -1;
    if (fault == 0) {
        die_if("write");
        note(fd, (uint64_t)length, NULL, 0, 1);
        done = (int)syscall(SYS_ftruncate, fd, length);
        fault = errno;
    }
    pthread_mutex_unlock(&lock);
    errno = fault;
    return done;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int synced(int fd, long call) {
    char path[PATH_MAX];
    if (!is_watched(fd, path)) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int done = -1, fault = EIO;
    die_if("sync-before");
    if (told("sync=ignore")) {
        done = 0;
    } else if (!told("sync=EIO")) {
        done = (int)syscall(call, fd);
        fault = errno;
        if (done == 0) {
            int journal = journal_of(fd, O_TRUNC);
            if (journal >= 0) syscall(SYS_close, journal);
            die_if("sync-after");
        }
    }
    pthread_mutex_unlock(&lock);
    errno = fault;
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int opened(int directory, const char *path, int flags, mode_t mode) {
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT)) {
        if (is_watched_path(path)) {
            int fault = write_fault();
            /* A full disk still opens what is there. */
            if (fault == EROFS || (fault != 0 && (flags & O_CREAT) && access(path, F_OK) != 0)) {
                errno = fault;
                return -1;
            }
        }
    }
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

#define MODE(flags)                                  \
    mode_t mode = 0;                                 \
    if ((flags) & (O_CREAT | O_TMPFILE)) {           \
        va_list more;                                \
        va_start(more, flags);                       \
        mode = va_arg(more, mode_t);                 \
        va_end(more);                                \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags)
    return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    MODE(flags)
    return opened(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
    MODE(flags)
    return opened(directory, path, flags | O_LARGEFILE, mode);
}

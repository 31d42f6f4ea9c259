/* A disk that fills up, or a machine that dies, at a chosen call: preloaded into a program under
 * test. Counted are the calls that change files below $TORTURE_FOLDER. From call $TORTURE_CALL on
 * each of them fails with ENOSPC ($TORTURE_MODE full), or the whole process group is killed there
 * (kill). The first write to be struck gets half of its bytes onto the disk. $TORTURE_COUNTER is a
 * file of eight bytes in which all processes of a run count together. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static _Atomic long *counter;
static long strike_at;
static int kills;
static char folder[PATH_MAX];

/* Whether this process is under torture; settled when the environment first says so, which may be
 * long after the start: a warm process forks, and only the child is tortured. */
static int armed(void) {
    const char *where, *file;
    int fd;
    if (counter) return 1;
    where = getenv("TORTURE_FOLDER");
    file = getenv("TORTURE_COUNTER");
    if (!where || !file) return 0;
    fd = REAL(open)(file, O_RDWR);
    if (fd < 0) return 0;
    snprintf(folder, sizeof folder, "%s", where);
    strike_at = getenv("TORTURE_CALL") ? atol(getenv("TORTURE_CALL")) : LONG_MAX;
    kills = getenv("TORTURE_MODE") && !strcmp(getenv("TORTURE_MODE"), "kill");
    counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REAL(close)(fd);
    if (counter == MAP_FAILED) abort();
    return 1;
}

static int below(const char *path) {
    char whole[2 * PATH_MAX];
    size_t length;
    if (path[0] != '/') {
        if (!getcwd(whole, PATH_MAX)) return 0;
        length = strlen(whole);
        snprintf(whole + length, sizeof whole - length, "/%s", path);
        path = whole;
    }
    length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int ours(int fd) {
    char name[64], path[PATH_MAX];
    ssize_t length;
    if (!armed()) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    length = readlink(name, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path);
}

static int written(int fd) {
    struct stat facts;
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && !fstat(fd, &facts) &&
           S_ISREG(facts.st_mode) && ours(fd);
}

/* Counts a call: 0 let it pass, 1 the first that is struck, 2 a later one. */
static int strike(void) {
    long number = atomic_fetch_add(counter, 1) + 1;
    if (number < strike_at) return 0;
    return number == strike_at ? 1 : 2;
}

static void die(void) {
    if (kills) {
        kill(0, SIGKILL);
        pause();
    }
}

static int full(void) {
    die();
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *data, size_t size) {
    int hit = ours(fd) ? strike() : 0;
    if (hit == 1 && size > 1) {
        ssize_t half = REAL(write)(fd, data, size / 2);
        die();
        return half;
    }
    return hit ? full() : REAL(write)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return ours(fd) && strike() ? full() : REAL(writev)(fd, parts, count);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return ours(fd) && strike() ? full() : REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return ours(fd) && strike() ? full() : REAL(pwrite64)(fd, data, size, at);
}

ssize_t sendfile(int out, int in, off_t *at, size_t size) {
    return ours(out) && strike() ? full() : REAL(sendfile)(out, in, at, size);
}

ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
    return ours(out) && strike() ? full() : REAL(sendfile64)(out, in, at, size);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
    return ours(out) && strike() ? full() : REAL(copy_file_range)(in, from, out, to, size, flags);
}

int fsync(int fd) { return ours(fd) && strike() ? full() : REAL(fsync)(fd); }

int fdatasync(int fd) { return ours(fd) && strike() ? full() : REAL(fdatasync)(fd); }

int ftruncate(int fd, off_t size) {
    return ours(fd) && strike() ? full() : REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    return ours(fd) && strike() ? full() : REAL(ftruncate64)(fd, size);
}

int close(int fd) { /* the descriptor is gone even where close fails */
    int hit = written(fd) ? strike() : 0, status = REAL(close)(fd);
    return hit ? full() : status;
}

int rename(const char *from, const char *to) {
    return armed() && below(to) && strike() ? full() : REAL(rename)(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
    return armed() && below(to) && strike() ? full() : REAL(renameat)(a, from, b, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return armed() && below(to) && strike() ? full() : REAL(renameat2)(a, from, b, to, flags);
}

int mkdir(const char *path, mode_t mode) {
    return armed() && below(path) && strike() ? full() : REAL(mkdir)(path, mode);
}

int link(const char *from, const char *to) {
    return armed() && below(to) && strike() ? full() : REAL(link)(from, to);
}

#define OPENS(name, ...)                                         \
    mode_t mode = 0;                                                          \
    if (flags & (O_CREAT | O_TMPFILE)) {                                      \
        va_list rest;                                                         \
        va_start(rest, flags);                                                \
        mode = va_arg(rest, mode_t);                                          \
        va_end(rest);                                                         \
    }                                                                         \
    if ((flags & O_CREAT) && armed() && below(path) && access(path, F_OK) && strike()) return full(); \
    return REAL(name)(__VA_ARGS__, flags, mode);

int open(const char *path, int flags, ...) { OPENS(open, path) }
int open64(const char *path, int flags, ...) { OPENS(open64, path) }
int openat(int at, const char *path, int flags, ...) { OPENS(openat, at, path) }
int openat64(int at, const char *path, int flags, ...) { OPENS(openat64, at, path) }

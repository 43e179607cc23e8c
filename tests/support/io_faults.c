/* Makes the Nth write, sync, truncation or deletion of chosen files fail, and keeps a trace of them.
 *
 * Loaded before libc (LD_PRELOAD) in a child process of the tests. io_arm: the nth call on a file whose path holds
 * `match` fails with `error` (0: none), and all after it when `sticky`. io_trace: every call is written to a file:
 * 'W' offset data, 'S' sync, 'T' length, 'U' unlink, 'R' renamed to this (data: its old name), 'M' a mark of the test's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char match[256] = "";
static long nth = 0, calls = 0;
static int failure = 0, sticky = 0;
static FILE *trace = NULL;

static int concerns(int fd, char *path, size_t size) {
  char link[64];
  if (!match[0]) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, match) != NULL && strstr(path, "-shm") == NULL;
}

static int fails(void) {
  pthread_mutex_lock(&lock);
  calls++;
  int now = failure && nth && (calls == nth || (sticky && calls > nth));
  pthread_mutex_unlock(&lock);
  if (now) errno = failure;
  return now;
}

static void note(char kind, const char *path, int64_t offset, const void *data, int64_t length) {
  if (!trace) return;
  pthread_mutex_lock(&lock);
  int32_t name = (int32_t)strlen(path);
  fwrite(&kind, 1, 1, trace);
  fwrite(&name, 4, 1, trace);
  fwrite(path, 1, name, trace);
  fwrite(&offset, 8, 1, trace);
  fwrite(&length, 8, 1, trace);
  if (data) fwrite(data, 1, length, trace);
  fflush(trace);
  pthread_mutex_unlock(&lock);
}

void io_arm(const char *which, long n, int error, int keep_failing) {
  snprintf(match, sizeof match, "%s", which);
  nth = n; failure = error; sticky = keep_failing; calls = 0;
}

long io_calls(void) { return calls; }

void io_trace(const char *file) {
  if (trace) fclose(trace);
  trace = file[0] ? fopen(file, "wb") : NULL;
}

void io_mark(long number) { note('M', "", number, NULL, 0); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static ssize_t do_pwrite(int fd, const void *data, size_t size, off64_t offset) {
  char path[1024];
  if (!concerns(fd, path, sizeof path)) return REAL(pwrite64)(fd, data, size, offset);
  if (fails()) return -1;
  ssize_t written = REAL(pwrite64)(fd, data, size, offset);
  if (written > 0) note('W', path, offset, data, written);
  return written;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return do_pwrite(fd, data, size, offset); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return do_pwrite(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
  char path[1024];
  if (!concerns(fd, path, sizeof path)) return REAL(write)(fd, data, size);
  if (fails()) return -1;
  off64_t offset = lseek64(fd, 0, SEEK_CUR);
  ssize_t written = REAL(write)(fd, data, size);
  if (written > 0) note('W', path, offset, data, written);
  return written;
}

static int do_sync(int fd, int (*real)(int)) {
  char path[1024];
  if (!concerns(fd, path, sizeof path)) return real(fd);
  if (fails()) return -1;
  int done = real(fd);
  if (!done) note('S', path, 0, NULL, 0);
  return done;
}

int fsync(int fd) { return do_sync(fd, REAL(fsync)); }
int fdatasync(int fd) { return do_sync(fd, REAL(fdatasync)); }

static int do_truncate(int fd, off64_t length) {
  char path[1024];
  if (!concerns(fd, path, sizeof path)) return REAL(ftruncate64)(fd, length);
  if (fails()) return -1;
  int done = REAL(ftruncate64)(fd, length);
  if (!done) note('T', path, length, NULL, 0);
  return done;
}

int ftruncate64(int fd, off64_t length) { return do_truncate(fd, length); }
int ftruncate(int fd, off_t length) { return do_truncate(fd, length); }

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  char path[1024];
  if (concerns(fd, path, sizeof path) && fails()) return failure;
  return REAL(posix_fallocate64)(fd, offset, length);
}

int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

int unlink(const char *path) {
  int ours = match[0] && strstr(path, match) && !strstr(path, "-shm");
  if (ours && fails()) return -1;
  int done = REAL(unlink)(path);
  if (ours && !done) note('U', path, 0, NULL, 0);
  return done;
}

int rename(const char *from, const char *to) {
  int ours = match[0] && strstr(to, match) && !strstr(to, "-shm");
  if (ours && fails()) return -1;
  int done = REAL(rename)(from, to);
  if (ours && !done) note('R', to, 0, from, (int64_t)strlen(from));
  return done;
}

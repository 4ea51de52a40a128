/* Preloaded into a program under test: fsync and fdatasync fail with EIO as long as the file exists that
 * FAIL_SYNC_WHILE names, and wait as long as nobody opens the FIFO for writing that HOLD_SYNC_AT names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_leave(void) {
  const char *gate = getenv("HOLD_SYNC_AT");
  const int opened = gate != NULL ? open(gate, O_RDONLY | O_CLOEXEC) : -1;
  if (opened >= 0) close(opened);
}

static int sync_unless_told(const char *name, int descriptor) {
  wait_for_leave();
  const char *trigger = getenv("FAIL_SYNC_WHILE");
  if (trigger != NULL && access(trigger, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(descriptor);
}

int fsync(int descriptor) { return sync_unless_told("fsync", descriptor); }
int fdatasync(int descriptor) { return sync_unless_told("fdatasync", descriptor); }

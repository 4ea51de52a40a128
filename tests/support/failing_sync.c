/* Preloaded into a program under test: fsync and fdatasync fail with EIO as long as the file exists that
 * FAIL_SYNC_WHILE names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_unless_told(const char *name, int descriptor) {
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

#include <stdio.h>
#include <sys/utsname.h>

int main(void) {
  struct utsname machine;
  if (uname(&machine) != 0) {
    perror("uname");
    return 1;
  }
  printf("hello from %s\n", machine.machine);
  return 0;
}

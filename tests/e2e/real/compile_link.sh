# Compile, assemble and link in steps, with a library of our own, and run what came out.
cat > half.c <<'END'
int half(int n) { return n / 2; }
END
cat > main.c <<'END'
#include <stdio.h>
int half(int n);
int main(int argc, char **argv) { printf("%s has %d\n", argv[1], half(argc * 40)); return argc; }
END
gcc -O2 -g -S half.c
as half.s -o half.o
ar rcs libhalf.a half.o
gcc -O1 -c main.c
gcc main.o -L. -lhalf -o static-half
gcc -shared -fPIC half.c -o libhalf.so
gcc main.o ./libhalf.so -o shared-half
nm -g half.o
for program in static-half shared-half; do
	./$program words || echo "$program: $?"
done

# A project with a header and four sources, built by one job and by four: all, nothing to do, one change, -n, clean.
for part in one two three; do
	printf '#include "all.h"\nint %s(void) { return NUMBER; }\n' $part > $part.c
done
cat > main.c <<'END'
#include <stdio.h>
int one(void), two(void), three(void);
int main(void) { printf("%d\n", one() + two() + three()); return 0; }
END
cat > Makefile <<'END'
CFLAGS = -O1 -g0
objects = main.o one.o two.o three.o
program: $(objects)
	@$(CC) -o $@ $(objects)
%.o: %.c
	@$(CC) $(CFLAGS) -c $<
one.o two.o three.o: all.h
clean:
	rm -f $(objects) program
END
for jobs in 1 4; do
	echo '#define NUMBER 14' > all.h
	make -j"$jobs"
	./program
	make -j"$jobs"
	echo '#define NUMBER 15' > all.h
	# Older than any clock's grain.
	touch -d '2001-01-01' ./*.o program
	make -n
	make -s -j"$jobs"
	./program
	make clean
	ls
done

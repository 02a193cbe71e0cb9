# A parser that bison made, with all that gcc can do to it.
command -v bison > /dev/null || exit 77
cat > calc.y <<'END'
%{
#include <ctype.h>
#include <stdio.h>
int yylex(void);
void yyerror(const char *text);
%}
%token NUMBER
%left '+' '-'
%left '*'
%%
lines: | lines line;
line: e '\n' { printf("%d\n", $1); };
e: NUMBER | e '+' e { $$ = $1 + $3; } | e '-' e { $$ = $1 - $3; } | e '*' e { $$ = $1 * $3; } | '(' e ')' { $$ = $2; };
%%
int yylex(void)
{
	int c = getchar();
	if (!isdigit(c))
		return c == EOF ? 0 : c;
	for (yylval = c - '0'; isdigit(c = getchar());)
		yylval = 10 * yylval + c - '0';
	ungetc(c, stdin);
	return NUMBER;
}
void yyerror(const char *text) { fprintf(stderr, "%s\n", text); }
int main(void) { return yyparse(); }
END
bison -o calc.c calc.y
for level in 0 1 2 3 s; do
	gcc -w -O$level -o calc calc.c
	printf '1+2*3\n(1+2)*3\n' | ./calc
	printf '1++\n' | ./calc || echo "calc: $?"
done
gcc -w -g -O2 -fsanitize=undefined -c calc.c
gcc -w -O2 -S -fverbose-asm calc.c
wc -l calc.s

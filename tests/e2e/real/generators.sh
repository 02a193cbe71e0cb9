# m4, bison and bc: programs that write programs.
command -v m4 > /dev/null && command -v bison > /dev/null && command -v bc > /dev/null || exit 77
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
grep -c . calc.c
m4 -D count=3 <<'END'
define(`loop', `ifelse($1, 0, , `$1 loop(decr($1))')')loop(count)
syscmd(`echo from a command')esyscmd(`echo and another')
END
printf 'scale = 40\n4 * a(1)\ndefine f(n) { if (n < 2) { return 1; }; return n * f(n - 1); }\nf(50)\n' | bc -l

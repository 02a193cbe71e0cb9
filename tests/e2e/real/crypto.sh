# Keys are new in each run: what is made must fit together, in all variants alike.
command -v openssl > /dev/null && command -v ssh-keygen > /dev/null || exit 77
for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512; do
	openssl dgst -$digest /bin/true
done
openssl enc -aes-256-cbc -pbkdf2 -pass pass:secret -in /bin/true -out sealed
openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:secret -in sealed | cmp - /bin/true && echo opened
openssl genrsa -out key.pem 2048 2> /dev/null
openssl dgst -sha256 -sign key.pem -out signature /bin/true
openssl rsa -in key.pem -pubout -out public.pem 2> /dev/null
openssl dgst -sha256 -verify public.pem -signature signature /bin/true
openssl rand -hex 16 | wc -c
for kind in ed25519 rsa ecdsa; do
	ssh-keygen -q -t $kind -N '' -C comment -f $kind
	ssh-keygen -l -f $kind.pub | cut -d ' ' -f 1,3-
	ssh-keygen -y -f $kind | cut -d ' ' -f 1,2 > derived
	cut -d ' ' -f 1,2 $kind.pub | cmp - derived && echo "$kind: its public key"
done
echo text | ssh-keygen -Y sign -q -n file -f ed25519 > text.sig
head -n 1 text.sig
rm sealed key.pem signature public.pem derived ed25519* rsa* ecdsa* text.sig

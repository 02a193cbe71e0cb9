# Clone, push and fetch over pipes, as git does it by itself: what comes in is read by a second thread.
export GIT_AUTHOR_DATE='@1000000000 +0000' GIT_COMMITTER_DATE='@1000000000 +0000'
export GIT_AUTHOR_NAME=ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=bob GIT_COMMITTER_EMAIL=bob@example.org
git init -q -b main origin
for n in 1 2 3; do
	echo $n > origin/file
	git -C origin add file
	git -C origin commit -q -m $n
done
git clone -q --bare --no-local origin bare.git
git clone -q bare.git work
echo 4 > work/file
git -C work commit -q -a -m 4
git -C work push -q origin main
git -C origin fetch -q ../bare.git main
git -C origin log --oneline FETCH_HEAD
rm -rf origin bare.git work

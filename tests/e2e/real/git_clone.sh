# Clones over a path, which link or copy the objects. (A clone over a pipe reads it in a second thread.)
export GIT_AUTHOR_DATE='@1000000000 +0000' GIT_COMMITTER_DATE='@1000000000 +0000'
export GIT_AUTHOR_NAME=ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=bob GIT_COMMITTER_EMAIL=bob@example.org
for setting in 'core.preloadIndex false' 'index.threads 1' 'pack.threads 1' 'gc.auto 0' 'maintenance.auto false' 'init.defaultBranch main'; do
	git config --global $setting
done
git init -q origin
for n in 1 2 3; do
	echo $n > origin/file
	git -C origin add file
	git -C origin commit -q -m $n
done
git clone -q origin linked
git -C linked log --oneline
echo 4 > linked/file
git -C linked commit -q -a -m 4
git clone -q --bare linked bare.git
git -C linked gc -q
git -C linked fsck
git -C bare.git log --oneline main
rm -r origin linked bare.git .gitconfig

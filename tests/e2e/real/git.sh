# A history with two branches, a merge, a tag and a rewrite. One thread only, so that it makes the same calls each time.
export GIT_AUTHOR_DATE='@1000000000 +0000' GIT_COMMITTER_DATE='@1000000000 +0000'
export GIT_AUTHOR_NAME=ann GIT_AUTHOR_EMAIL=ann@example.org GIT_COMMITTER_NAME=bob GIT_COMMITTER_EMAIL=bob@example.org
git config --global core.preloadIndex false
git config --global index.threads 1
git config --global pack.threads 1
git config --global grep.threads 1
git config --global gc.auto 0
git init -q -b main project
cd project
echo one > file
git add file
git commit -q -m first
git checkout -q -b side
echo side > other
git add other
git commit -q -m side
git checkout -q main
echo two >> file
git commit -q -a -m second
git merge -q -m merged side
git tag -m 'a tag' v1
git log --graph --format='%h %an %s' --all
git diff --stat HEAD~1
git show v1 | head -n 5
git grep -n two
git rebase -q --root
git repack -q -a -d
git fsck --strict
git count-objects | cut -d, -f1
git status --short --branch
# The index and the logs hold times, inodes and the like.
cd ..
rm -r project .gitconfig

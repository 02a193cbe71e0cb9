# Processes that share a queue (a thread feeds it), a counter under a lock in shared memory, and a pool.
/usr/bin/python3 - <<'END'
import multiprocessing

def square(x):
    return x * x

def count(counter):
    for _ in range(50):
        with counter.get_lock():
            counter.value += 1

multiprocessing.set_start_method("fork")
queue = multiprocessing.Queue()
process = multiprocessing.Process(target=queue.put, args=(42,))
process.start()
print(queue.get())
process.join()
counter = multiprocessing.Value("i", 0)
processes = [multiprocessing.Process(target=count, args=(counter,)) for _ in range(3)]
for process in processes:
    process.start()
for process in processes:
    process.join()
print(counter.value)
with multiprocessing.Pool(2) as pool:
    print(pool.map(square, range(10)))
END

"""Files much larger than the memory: a process of its own shows how much it takes at most."""

import json
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
FILE_MIB = 60

PROGRAM = """
import hashlib, io, json, re, resource, sys
sys.path[:0] = [{tests!r}, {handler!r}]
import conftest, os
os.environ.update(conftest.ENVIRONMENT)
index = conftest.load_index()

class Generated:
    'A CSV file of any size that is nowhere as a whole.'
    def __init__(self, size):
        self.left, self.number, self.rest = size, 0, b'Event ID,Session,Page,Note\\n'
    def read(self, size):
        while len(self.rest) < size and self.left > 0:
            numbers = range(self.number, self.number + 2000)
            lines = ''.join(f'{{n}},s{{n % 1000:06d}}, /produto/{{n % 77}} ,"nota {{n}}, com vírgula"\\n' for n in numbers).encode()
            self.number, self.left, self.rest = self.number + 2000, self.left - len(lines), self.rest + lines
        data, self.rest = self.rest[:size], self.rest[size:]
        return data
    def close(self): pass

class Counting:
    'An S3 that forgets what it is given.'
    size = parts = 0
    completed = False
    def get_object(self, **_): return dict(Body=Generated(int(sys.argv[1])), ETag='x', ContentLength=int(sys.argv[1]))
    def head_object(self, **_): return dict(ETag='x')
    def delete_object(self, **_): pass
    def create_multipart_upload(self, **_): return dict(UploadId='u')
    def upload_part(self, Body, **_):
        self.size, self.parts = self.size + len(Body), self.parts + 1
        return dict(ETag='p')
    def complete_multipart_upload(self, **_): self.completed = True
    def put_object(self, Body, **_): self.size, self.completed = self.size + len(Body), True

def peak():
    'In KiB. On Linux ru_maxrss begins with what the process had that started this one.'
    try:
        with open('/proc/self/status') as status:
            return int(re.search(r'VmHWM:\\s+(\\d+) kB', status.read())[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def run(size):
    sys.argv[1:] = [str(size)]
    s3 = Counting()
    outcome = index.handle_object(s3, index.Stream.from_environment(), index.S3Object('drop-bucket', 'streams/clicks/a.csv'))
    return s3, outcome, peak()

_, _, small = run(1024 * 1024)
s3, outcome, large = run({size})
print(json.dumps(dict(small=small, large=large, size=s3.size, parts=s3.parts, completed=s3.completed, rows=outcome['rows'])))
"""


def test_memory_is_bounded_whatever_the_size():
    program = PROGRAM.format(tests=str(TESTS), handler=str(TESTS.parent), size=FILE_MIB * 1024 * 1024)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["completed"]
    assert result["parts"] >= 6
    assert result["size"] > 50 * 1024 * 1024
    unit = 1024 if sys.platform != "darwin" else 1  # of ru_maxrss
    assert (result["large"] - result["small"]) * unit < 120 * 1024 * 1024, result
    assert result["large"] * unit < 300 * 1024 * 1024, result

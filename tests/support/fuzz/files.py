"""What every fuzzer of a kind of file has in common: a sample is damaged, written to a folder of its own, and read.

Reading may give a result or refuse with a GatewiseError that says what is wrong. Everything else is a find: another
exception, a warning of a library, over 5 s of CPU, over half a gigabyte of memory, a file that was changed or made.
"""

import base64
import resource
import shutil
import signal
import tempfile
import time
import traceback
import warnings
import zlib
from pathlib import Path

from fuzz import find
from fuzz.damage_bytes import damaged
from fuzz.find import Find, HangsError

import gatewise
from gatewise.errors import GatewiseError

HANGS = 60  # seconds of the clock
MOST_MEMORY = 500_000_000  # bytes by which one file may raise the process's peak
MOST_ADDRESSES = 6 << 30


class Files:
    """A kind of file. A subclass says what samples there are, how they are damaged, and what reads them."""

    name = ""
    call = ""  # Python that reads what is in the folder `path`
    instrument = ("gatewise.",)
    writes = ()  # names of files that reading may write
    textual = True  # atheris makes the bytes of the file

    def samples(self):
        """[{name: bytes}]: the files of each sample; the first is the one that is damaged."""
        raise NotImplementedError

    def damaged(self, files, choose):
        """A sample, damaged."""
        first = next(iter(files))
        data = files[first]
        for _ in range(choose.randrange(1, 5)):
            data = damaged(data, choose, self.all)
        return {**files, first: data}

    def begin(self):
        """Make the samples, and bound what the process may take."""
        self.made = self.samples()
        self.all = [data for files in self.made for data in files.values()]
        self.place = Path(tempfile.mkdtemp(prefix="gatewise-fuzz-"))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, resource.RLIM_INFINITY))
        for files in self.made:  # what is imported and made once shall not count for the first example
            self.judge(files, lambda script: None)

    def end(self):
        """Remove what was written."""
        shutil.rmtree(self.place, ignore_errors=True)

    def one(self, choose, note):
        """Damage a sample and read it; how it ended."""
        return self.judge(self.damaged(choose.choice(self.made), choose), note)

    def from_bytes(self, data, note):
        """Read a file of these bytes, beside the others of the sample that the first byte chooses."""
        files = self.made[data[0] % len(self.made)] if data else self.made[0]
        return self.judge({**files, next(iter(files)): data[1:]}, note)

    def corpus(self):
        """What atheris starts from."""
        return [bytes([k]) + next(iter(files.values())) for k, files in enumerate(self.made)]

    def mutated(self, data, choose):
        """Data of `from_bytes`, with structure in mind."""
        files = self.made[data[0] % len(self.made)]
        return data[:1] + next(iter(self.damaged({**files, next(iter(files)): data[1:]}, choose).values()))

    def judge(self, files, note):
        """Write the files, read them, judge what came of it."""
        note(script(files, self.call))
        folder = self.place / "f"
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        outcome = self.carried_out(folder)
        here = {
            str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()
        }
        may = self.writes if outcome is None else ()
        other = [
            name
            for name in here.keys() | files.keys()
            if here.get(name) != files.get(name) and name not in may
        ]
        other = [name for name in other if not name.endswith("lock")]
        if other:
            raise Find(
                (self.name, "written", *sorted(other)[:1]),
                f"{', '.join(other)} was written or changed ({outcome!r})",
            )
        return "read" if outcome is None else type(outcome).__name__

    def carried_out(self, folder):
        """The error with which the file was refused, or None."""
        peak, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        signal.signal(signal.SIGALRM, _hangs)
        signal.alarm(HANGS)
        outcome = None
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                exec(self.call, {"path": folder, "gatewise": gatewise})
        except HangsError:
            raise Find((self.name, "hangs"), f"reading goes on after {HANGS} s") from None
        except GatewiseError as error:
            outcome = error
            if not str(error).strip() or "Traceback" in str(error) or len(str(error)) > 5000:
                raise Find((self.name, "words"), f"the message is {str(error)[:200]!r}") from error
        except OSError as error:
            if not error.filename:
                raise Find((self.name, "OSError"), f"without the file's name: {error}") from error
            outcome = error
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise Find(
                (self.name, type(error).__name__, last.filename.rpartition("/")[2], last.lineno),
                f"{type(error).__name__}: {str(error)[:300]}",
            ) from error
        finally:
            signal.alarm(0)
        spent = time.process_time() - start
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)
        if spent > find.LONGEST:
            raise Find((self.name, "slow"), f"reading took {spent:.1f} s of CPU")
        if grown > MOST_MEMORY:
            raise Find((self.name, "memory"), f"reading took {grown:,} bytes")
        for each in told:
            if not each.category.__module__.startswith("gatewise"):
                raise Find(
                    (self.name, "warns", each.lineno),
                    f"a user sees {each.category.__name__}: {each.message} ({each.filename}:{each.lineno})",
                )
        return outcome


def _hangs(*_):
    raise HangsError


def script(files, call):
    """Python that writes the files into a new folder and reads them."""
    packed = {name: base64.b64encode(zlib.compress(data, 1)).decode() for name, data in files.items()}
    lines = [
        "import base64, pathlib, tempfile, zlib",
        "import gatewise",
        "",
        "path = pathlib.Path(tempfile.mkdtemp())",
    ]
    for name, text in packed.items():
        lines.append(f"(path / {name!r}).parent.mkdir(parents=True, exist_ok=True)")
        lines.append(f"(path / {name!r}).write_bytes(zlib.decompress(base64.b64decode({text!r})))")
    return "\n".join([*lines, call, ""])

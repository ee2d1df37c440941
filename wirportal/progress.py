"""How far a long command is: a bar on a terminal, a line now and then in a log."""

STEP = 5  # percent between two lines
WIDTH = 30


def german(number):
    return f"{number:,}".replace(",", ".")


class Progress:
    def __init__(self, stream, what):
        self.stream, self.what = stream, what
        self.is_terminal, self.shown = stream.isatty(), 0

    def show(self, done, total):
        percent = 100 * done // max(total, 1)
        line = f"{self.what}: {german(done)} von {german(total)} ({percent} %)"
        if self.is_terminal:
            bar = "█" * (WIDTH * percent // 100)
            self.stream.write(f"\r{bar:░<{WIDTH}} {line}\033[K", ending="")
            self.stream.flush()
        elif percent >= self.shown + STEP:
            self.shown = percent - percent % STEP
            self.stream.write(line)

    def end(self):
        if self.is_terminal:
            self.stream.write("")

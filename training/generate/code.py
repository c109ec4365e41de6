"""Snippets of code, configuration and logs in which nobody is named."""
from __future__ import annotations

import re
from hashlib import sha256
from random import Random

from .pieces import Piece, Pieces

VERBS = "get set load save parse build find merge sort count check read write fetch render update delete create split join".split()
NOUNS = "user name address account order invoice token session customer patient record file path row index cache buffer query event payload report email phone birth claim policy".split()
TYPES = "int str bool float Vec<String> u32 Option<usize> Map<String,Integer> list[int] void usize &str".split()
LEVELS = "INFO WARN ERROR DEBUG TRACE".split()
SHAPES = (
    "def V_N(N, N=None):\n    return N.V(N) if N else D", "fn V_N(N: &T, N: T) -> T {\n    N.V(N)\n}", "const N = await V_N(N, { N: D });", "SELECT N_N, count(*) FROM N JOIN N ON N.id = N.N_id WHERE N.N > D GROUP BY 1;",
    "for (int i = 0; i < N.size(); ++i) { N[i] = V_N(N[i]); }", "git checkout -b fix/N-N && git commit -m 'V N for N' && git push", "L  [N-D] V N failed after D ms (attempt D)", "Traceback (most recent call last):\n  File \"N/N.py\", line D, in V_N\nKeyError: 'N'",
    "N:\n  N: D\n  N_N: true\n  replicas: D\n", "{\"N\": D, \"N_N\": \"N\", \"N\": [D, D, D], \"ok\": true}", "<N id=\"D\"><N>D</N><N type=\"N\"/></N>", "export N_N=D\ndocker run -d --name N-N -p D:D N/N:latest", "N.N { margin: D px; color: #HHHHHH; }",
    "class NManager extends NBase {\n  private T N;\n  public T VN() { return this.N; }\n}", "curl -X POST https://api.example.com/v1/N -H 'Content-Type: application/json' -d '{\"N\": D}'", "assert V_N([D, D]) == D, \"N should be D\"", "commit HHHHHHHHHHHHHHHHHHHH\n\n    V N when N is empty",
    "import N\nfrom N.N import V_N\n\nN = V_N(D)", "UPDATE N SET N = D WHERE N_id = 'HHHHHHHH-HHHH-4HHH-aHHH-HHHHHHHHHHHH';", "resource \"aws_N\" \"N_N\" {\n  N = D\n  tags = { N = \"N\" }\n}", "D N.N.N [L] V: N=D N=HHHHHHHH status=D", "npm ERR! N@D.D.D V: `N-N`", "regex: ^[A-Z][a-z]+ [A-Z][a-z]+$ matches the N",
    "N,N,N_N\nD,D,D\nD,D,D\n", "kubectl get N -n N -o wide | grep N", "throw new IllegalArgumentException(\"N must not be null\");", "let N: T = N.iter().map(|n| n.N).sum();", "if err := VN(N, D); err != nil {\n\treturn fmt.Errorf(\"V N: %w\", err)\n}",
)
SLOT = re.compile("(?<![A-Za-z])(?:V_?N|N_N|V|N|T|L|D)(?![a-zA-Z])|NManager|NBase|_N|_id|VN|H+")
HELD_PERCENT = 15


def value(rng: Random, slot: str) -> str:
    if slot.startswith("H"):
        return "".join(rng.choice("0123456789abcdef") for _ in slot)
    made = {"D": lambda: str(rng.randrange(10 ** rng.randrange(1, 6))), "T": lambda: rng.choice(TYPES), "L": lambda: rng.choice(LEVELS), "V": lambda: rng.choice(VERBS), "N": lambda: rng.choice(NOUNS),
            "NManager": lambda: rng.choice(NOUNS).title() + "Manager", "NBase": lambda: rng.choice(NOUNS).title() + "Base", "VN": lambda: rng.choice(VERBS) + rng.choice(NOUNS).title(),
            "V_N": lambda: f"{rng.choice(VERBS)}_{rng.choice(NOUNS)}", "N_N": lambda: f"{rng.choice(NOUNS)}_{rng.choice(NOUNS)}", "_N": lambda: "_" + rng.choice(NOUNS)}
    return made[slot]() if slot in made else slot


def snippet(rng: Random, split: str) -> tuple[Pieces, str]:
    shapes = [shape for shape in SHAPES if (int(sha256(shape.encode()).hexdigest(), 16) % 100 < HELD_PERCENT) == (split == "held")]
    shape = rng.choice(shapes)
    return [Piece(SLOT.sub(lambda m: value(rng, m[0]), shape))], "code " + shape

"""The prose between the lines, in the languages of the dialects."""

HEADINGS = {
    "English": {
        "title": "An LSTM by hand", "formulas": "The equations", "given": "Given", "F": "Forward pass, step {t}",
        "L": "The loss", "B": "Backward pass, step {t}", "G": "Gradients of the parameters", "P": "Update",
        "table": "Forward pass",
    },
    "German": {
        "title": "Ein LSTM von Hand gerechnet", "formulas": "Die Gleichungen", "given": "Gegeben",
        "F": "Vorwärtsrechnung, Schritt {t}", "L": "Der Verlust", "B": "Rückwärtsrechnung, Schritt {t}",
        "G": "Gradienten der Parameter", "P": "Aktualisierung", "table": "Vorwärtsrechnung",
    },
    "Chinese": {
        "title": "手算 LSTM", "formulas": "公式", "given": "已知", "F": "前向传播,第 {t} 步", "L": "损失",
        "B": "反向传播,第 {t} 步", "G": "参数的梯度", "P": "更新", "table": "前向传播",
    },
}  # fmt: skip
SENTENCES = {
    "English": {
        "zero": "Both the hidden state and the cell state are zero before the first step.",
        "columns": "The columns of each weight matrix belong to {both}.",
        "rows": "All vectors are rows.",
        "own": "Here {own} is what the loss of step t itself gives, and {back} is what comes back from step t + 1.",
        "before": "Here {gate} is the gradient with respect to the sum inside the activation.",
        "then": ("We get ", "; then ", "."),
    },
    "German": {
        "zero": "Vor dem ersten Schritt sind verborgener Zustand und Zellzustand null.",
        "columns": "Die Spalten jeder Gewichtsmatrix gehören zu {both}.",
        "rows": "Alle Vektoren sind Zeilen.",
        "own": "Dabei ist {own} der Beitrag des Verlusts im Schritt t selbst und {back} der aus dem Schritt t + 1.",
        "before": "Dabei ist {gate} der Gradient nach der Summe in der Aktivierung.",
        "then": ("Damit ist ", "; dann ", "."),
    },
    "Chinese": {
        "zero": "初始隐藏状态与细胞状态均为零。",
        "columns": "各权重矩阵的列对应 {both}。",
        "rows": "所有向量都是行向量。",
        "own": "其中 {own} 是本步损失的梯度,{back} 是从下一步传回的梯度。",
        "before": "其中 {gate} 是对激活函数之前的和的梯度。",
        "then": ("得到 ", ";然后 ", "。"),
    },
}

__all__ = ["HEADINGS", "SENTENCES"]

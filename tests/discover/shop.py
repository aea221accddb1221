"""A chatbot and a scorer as small repositories, as people write them."""

MAIN = '''\
"""The chat API."""
from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from app.assistant import answer

app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")


class Question(BaseModel):
    text: str


def customer(token: str = Depends(scheme)) -> str:
    return token


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/chat")
def chat(question: Question, who: str = Depends(customer)):
    return {"answer": answer(question.text, who)}
'''
ASSISTANT = """\
from langchain_openai import ChatOpenAI
from langchain_community.vectorstores import Chroma
from langchain.agents import AgentExecutor, create_tool_calling_agent
from langchain_core.messages import SystemMessage
from .tools.orders import look_up_order, refund_order

llm = ChatOpenAI(model="gpt-4o", temperature=0)
knowledge = Chroma(persist_directory="data/index")
TOOLS = [look_up_order, refund_order]


def answer(text, who):
    messages = [SystemMessage(content="You are the shop's assistant.")]
    agent = AgentExecutor(agent=create_tool_calling_agent(llm, TOOLS), tools=TOOLS)
    return agent.invoke({"input": text, "passages": knowledge.similarity_search(text)})
"""
ORDERS = '''\
import sqlite3
import httpx
from langchain.tools import tool

db = sqlite3.connect("orders.db")


@tool
def look_up_order(number: str) -> str:
    """An order by its number."""
    return db.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()


@tool
def refund_order(number: str, amount: float) -> str:
    """Pay money back."""
    httpx.post("https://payments.internal/refunds", json={"order": number, "amount": amount})
    db.execute("UPDATE orders SET refunded = 1")
'''
INGEST = """\
from langchain_community.document_loaders import DirectoryLoader, WebBaseLoader
from langchain_community.vectorstores import Chroma
from langchain_openai import OpenAIEmbeddings

pages = DirectoryLoader("help").load() + WebBaseLoader("https://shop.example/reviews").load()
Chroma.from_documents(pages, OpenAIEmbeddings(model="text-embedding-3-small"), persist_directory="data/index")
"""
COMPOSE = """\
services:
  shop-api:
    build: .
    ports: ["80:8000"]
    environment:
      CACHE: redis://cache:6379
  cache:
    image: redis:7
    ports: ["127.0.0.1:6379:6379"]
"""
CHATBOT = {
    "app/main.py": MAIN,
    "app/assistant.py": ASSISTANT,
    "app/tools/orders.py": ORDERS,
    "ingest.py": INGEST,
    "help/returns.md": "You may return what you bought within 30 days.\n",
    "requirements.txt": "fastapi\nlangchain==0.3.1\nopenai>=1.0\n",
    "Dockerfile": 'FROM python:3.12\nCOPY . /srv\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n',
    "docker-compose.yml": COMPOSE,
}
SKLEARN = b"\x80\x04csklearn.linear_model._logistic\nLogisticRegression\n)\x81."
"""A pickle of a model, as its first bytes are; nothing here loads it."""
ROWS = "Status,Seniority,Age,Marital,Income\ngood,9,30,married,129\nbad,1,24,single,80\n"

"""Where each message about a case has its fields, as tables that both reader and writer follow.

Rows are in the order of the schema. A field may be read from several places; it is written to the
first. Other elements are noted as not used.
"""

from collections.abc import Mapping
from typing import Final

from skontro.messages.cases.places import (
    Form,
    Layout,
    Place,
    agent,
    amount,
    assignment,
    case,
    code,
    date,
    lines,
    references,
)

#: The payment of a claim, as one between banks, or as instructed by a customer.
_UNDERLYING: Final = (
    *references("Undrlyg/IntrBk", "Undrlyg/Initn"),
    amount("Undrlyg/IntrBk/OrgnlIntrBkSttlmAmt", "amount", "Undrlyg/Initn/OrgnlInstdAmt"),
    date("Undrlyg/IntrBk/OrgnlIntrBkSttlmDt", "value_date", "Undrlyg/Initn/ReqdExctnDt/Dt"),
)
_FOR_ASSIGNEE: Final = lines("InstrForAssgne/InstrInf", 140, 1)

_CANCELLED: Final = "Undrlyg/TxInf"
_RECALL: Final = Layout(
    version="camt.056.001.08",
    root="FIToFIPmtCxlReq",
    repeated=("Undrlyg", "Undrlyg/TxInf"),
    required=("assigner", "assignee", "created_at", "uetr"),
    places=(
        *assignment(),
        *case("Case", f"{_CANCELLED}/Case"),
        *references(_CANCELLED),
        amount(f"{_CANCELLED}/OrgnlIntrBkSttlmAmt", "amount"),
        date(f"{_CANCELLED}/OrgnlIntrBkSttlmDt", "value_date"),
        code(f"{_CANCELLED}/CxlRsnInf/Rsn", "reason"),
        lines(f"{_CANCELLED}/CxlRsnInf/AddtlInf", 105, 1_000),
    ),
)

#: Statuses of a cancellation (`CancellationIndividualStatus1Code`) by that of the whole.
_CANCELLATION: Final = (("CNCL", "ACCR"), ("RJCR", "RJCR"), ("PDCR", "PDCR"))
_RESOLVED: Final = "CxlDtls/TxInfAndSts"
_RESULT: Final = f"{_RESOLVED}/RsltnRltdInf"
_PAID: Final = f"{_RESULT}/Compstn"
_RESOLUTION: Final = Layout(
    version="camt.029.001.09",
    root="RsltnOfInvstgtn",
    repeated=("CxlDtls", "CxlDtls/TxInfAndSts"),
    required=("assigner", "assignee", "created_at", "status"),
    places=(
        *assignment(),
        *case("RslvdCase", f"{_RESOLVED}/RslvdCase", "ModDtls/RslvdCase"),
        Place(path="Sts/Conf", field="status"),
        *references(_RESOLVED, "ModDtls"),
        Place(path=f"{_RESOLVED}/TxCxlSts", field="status", is_read=False, codes=_CANCELLATION),
        code(
            f"{_RESOLVED}/CxlStsRsnInf/Rsn",
            "reason",
            "ModDtls/ModStsRsnInf/Rsn",
            "ClmNonRctDtls/Rjctd",
        ),
        lines(f"{_RESOLVED}/CxlStsRsnInf/AddtlInf", 105, 1_000, "ModDtls/ModStsRsnInf/AddtlInf"),
        amount(
            f"{_RESULT}/IntrBkSttlmAmt",
            "principal",
            "ModDtls/RsltnRltdInf/IntrBkSttlmAmt",
            "RsltnRltdInf/IntrBkSttlmAmt",
        ),
        date(
            f"{_RESULT}/IntrBkSttlmDt",
            "date",
            "ModDtls/RsltnRltdInf/IntrBkSttlmDt",
            "RsltnRltdInf/IntrBkSttlmDt",
            "ClmNonRctDtls/Accptd/DtPrcd",
        ),
        amount(
            f"{_PAID}/Amt",
            "compensation",
            "ModDtls/RsltnRltdInf/Compstn/Amt",
            "RsltnRltdInf/Compstn/Amt",
        ),
        agent(f"{_PAID}/DbtrAgt", "assigner", only_with="compensation", is_read=False),
        agent(f"{_PAID}/CdtrAgt", "assignee", only_with="compensation", is_read=False),
        Place(path=f"{_PAID}/Rsn/Prtry", constant="compensation", only_with="compensation"),
        amount(f"{_RESOLVED}/OrgnlIntrBkSttlmAmt", "amount", "ModDtls/OrgnlIntrBkSttlmAmt"),
        date(f"{_RESOLVED}/OrgnlIntrBkSttlmDt", "value_date", "ModDtls/OrgnlIntrBkSttlmDt"),
    ),
)

_NON_RECEIPT: Final = Layout(
    version="camt.027.001.10",
    root="ClmNonRct",
    required=("assigner", "assignee", "created_at", "uetr"),
    places=(*assignment(), *case("Case"), *_UNDERLYING, _FOR_ASSIGNEE),
)

_VALUE_DATE: Final = Layout(
    version="camt.087.001.09",
    root="ReqToModfyPmt",
    required=("assigner", "assignee", "created_at", "uetr", "date"),
    places=(
        *assignment(),
        *case("Case"),
        *_UNDERLYING,
        date("Mod/IntrBkSttlmDt", "date", "Mod/ReqdExctnDt/Dt"),
        _FOR_ASSIGNEE,
    ),
)

_MISSING: Final = "Justfn/MssngOrIncrrctInf/MssngInf"
_UNABLE_TO_APPLY: Final = Layout(
    version="camt.026.001.10",
    root="UblToApply",
    required=("assigner", "assignee", "created_at", "uetr", "reason"),
    places=(
        *assignment(),
        *case("Case"),
        *_UNDERLYING,
        code(
            f"{_MISSING}/Tp",
            "reason",
            "Justfn/MssngOrIncrrctInf/IncrrctInf/Tp",
            # The older version has the code without a type around it.
            _MISSING,
            "Justfn/MssngOrIncrrctInf/IncrrctInf",
        ),
        lines(
            f"{_MISSING}/AddtlMssngInf",
            140,
            1,
            "Justfn/MssngOrIncrrctInf/IncrrctInf/AddtlIncrrctInf",
        ),
    ),
)


def _charges(version: str, root: str, *settlement: Place) -> Layout:
    """Charges of one payment, told or asked for."""
    one, payment = "Chrgs/Sngl", "Chrgs/Sngl/UndrlygTx"
    return Layout(
        version=version,
        root=root,
        required=("created_at", "uetr", "compensation"),
        places=(
            Place(path="GrpHdr/MsgId", field="message_id"),
            Place(path="GrpHdr/CreDtTm", field="created_at", form=Form.TIME),
            agent("GrpHdr/ChrgsRqstr", "assigner", f"{one}/ChrgsRqstr"),
            *settlement,
            Place(path=f"{one}/RcrdId", field="case", also=(f"{one}/ChrgsId",)),
            Place(path=f"{payment}/MsgId", field="original_id"),
            Place(path=f"{payment}/MsgNmId", field="original_name"),
            Place(path=f"{payment}/InstrId", field="instruction_id"),
            Place(path=f"{payment}/EndToEndId", field="end_to_end_id"),
            Place(path=f"{payment}/UETR", field="uetr"),
            Place(path=f"{payment}/TxId", field="transaction_id"),
            amount(f"{one}/Amt", "compensation"),
            date(f"{one}/ValDt/Dt", "value_date"),
            agent(f"{one}/DbtrAgt", "assignee"),
            code(f"{one}/Tp", "reason", proprietary="Prtry/Id"),
            lines(f"{one}/AddtlInf", 140, 1),
        ),
    )


def _investigation(path: str, requestor: str, responder: str) -> tuple[Place, ...]:
    """Type, payment and parties of an investigation."""
    underlying = f"{path}/Undrlyg/"
    return (
        code(f"{path}/InvstgtnTp", "type"),
        *references(f"{underlying}IntrBk", f"{underlying}Initn"),
        amount(
            f"{underlying}IntrBk/OrgnlIntrBkSttlmAmt",
            "amount",
            f"{underlying}Initn/OrgnlInstdAmt",
        ),
        date(
            f"{underlying}IntrBk/OrgnlIntrBkSttlmDt",
            "value_date",
            f"{underlying}Initn/ReqdExctnDt/Dt",
        ),
        agent(f"{path}/Rqstr/Agt", requestor),
        agent(f"{path}/Rspndr/Agt", responder),
    )


_REQUEST: Final = "InvstgtnReq"
_INVESTIGATION: Final = Layout(
    version="camt.110.001.02",
    root="InvstgtnReq",
    required=("type", "assigner", "assignee", "reason", "uetr"),
    places=(
        Place(path=f"{_REQUEST}/MsgId", field="message_id"),
        Place(path=f"{_REQUEST}/RqstrInvstgtnId", field="case"),
        *_investigation(_REQUEST, "assigner", "assignee"),
        code("InvstgtnData/Rsn", "reason"),
        lines("InvstgtnData/AddtlReqData/ReqNrrtv", 500, 1),
    ),
)

_ANSWER: Final = "InvstgtnRspn"
_ASKED: Final = "OrgnlInvstgtnReq"
_INVESTIGATION_ANSWER: Final = Layout(
    version="camt.111.001.03",
    root="InvstgtnRspn",
    required=("status", "answers", "type", "assigner", "assignee"),
    places=(
        Place(path=f"{_ANSWER}/MsgId", field="message_id"),
        Place(path=f"{_ANSWER}/InvstgtnSts/Sts", field="status"),
        code(f"{_ANSWER}/InvstgtnSts/StsRsn", "reason"),
        lines(f"{_ANSWER}/InvstgtnData/RspnData/RspnNrrtv", 500, 1),
        Place(path=f"{_ASKED}/MsgId", field="answers"),
        Place(path=f"{_ASKED}/RqstrInvstgtnId", field="case"),
        *_investigation(_ASKED, "assignee", "assigner"),
    ),
)

_RETURN: Final = Layout(
    version="pacs.004.001.10",
    root="PmtRtr",
    repeated=("TxInf",),
    required=("created_at", "uetr", "principal"),
    adds_compensation=True,
    places=(
        Place(path="GrpHdr/MsgId", field="message_id"),
        Place(path="GrpHdr/CreDtTm", field="created_at", form=Form.TIME),
        Place(path="GrpHdr/NbOfTxs", constant="1"),
        Place(path="GrpHdr/SttlmInf/SttlmMtd", constant="CLRG"),
        agent("GrpHdr/InstgAgt", "assigner", "TxInf/InstgAgt"),
        agent("GrpHdr/InstdAgt", "assignee", "TxInf/InstdAgt"),
        Place(path="TxInf/RtrId", field="case"),
        *references("TxInf"),
        amount("TxInf/OrgnlIntrBkSttlmAmt", "amount"),
        date("TxInf/OrgnlIntrBkSttlmDt", "value_date"),
        amount("TxInf/RtrdIntrBkSttlmAmt", "principal"),
        date("TxInf/IntrBkSttlmDt", "date", "GrpHdr/IntrBkSttlmDt"),
        amount("TxInf/CompstnAmt", "compensation"),
        code("TxInf/RtrRsnInf/Rsn", "reason"),
        lines("TxInf/RtrRsnInf/AddtlInf", 105, 1_000),
    ),
)

_STATUS: Final = Layout(
    version="pacs.028.001.06",
    root="FIToFIPmtStsReq",
    repeated=("TxInf",),
    required=("created_at", "uetr"),
    places=(
        Place(path="GrpHdr/MsgId", field="message_id"),
        Place(path="GrpHdr/CreDtTm", field="created_at", form=Form.TIME),
        agent("GrpHdr/InstgAgt", "assigner", "TxInf/InstgAgt"),
        agent("GrpHdr/InstdAgt", "assignee", "TxInf/InstdAgt"),
        Place(path="TxInf/StsReqId", field="case"),
        *references("TxInf"),
        amount("TxInf/OrgnlTxRef/IntrBkSttlmAmt", "amount"),
        date("TxInf/OrgnlTxRef/IntrBkSttlmDt", "value_date"),
    ),
)

#: The layout of each kind of message.
LAYOUTS: Final[Mapping[str, Layout]] = {
    "camt.026": _UNABLE_TO_APPLY,
    "camt.027": _NON_RECEIPT,
    "camt.029": _RESOLUTION,
    "camt.056": _RECALL,
    "camt.087": _VALUE_DATE,
    "camt.105": _charges("camt.105.001.03", "ChrgsPmtNtfctn"),
    "camt.106": _charges(
        "camt.106.001.03",
        "ChrgsPmtReq",
        date("GrpHdr/SttlmInstr/ReqdSttlmDt", "date", "Chrgs/Sngl/SttlmInstr/ReqdSttlmDt"),
        agent("GrpHdr/SttlmInstr/CdtrAgt", "assigner", only_with="date", is_read=False),
    ),
    "camt.110": _INVESTIGATION,
    "camt.111": _INVESTIGATION_ANSWER,
    "pacs.004": _RETURN,
    "pacs.028": _STATUS,
}

"""The rows of bots and of what they do, with the questions that are asked of many of them."""

from strategies.models.bots import Bot as Bot
from strategies.models.bots import BotQuerySet as BotQuerySet
from strategies.models.bots import BotSettings as BotSettings
from strategies.models.bots import LadderSettings as LadderSettings
from strategies.models.equity import DayPrice as DayPrice
from strategies.models.equity import EquityPoint as EquityPoint
from strategies.models.funds import Funds as Funds
from strategies.models.groups import Group as Group
from strategies.models.groups import GroupQuerySet as GroupQuerySet
from strategies.models.journal import JournalLine as JournalLine
from strategies.models.kept import KeptResult as KeptResult
from strategies.models.look_backs import CandleMonth as CandleMonth
from strategies.models.look_backs import Glimpse as Glimpse
from strategies.models.look_backs import LookBack as LookBack
from strategies.models.market import CandleSeries as CandleSeries
from strategies.models.market import Feed as Feed
from strategies.models.market import Instrument as Instrument
from strategies.models.market import PairList as PairList
from strategies.models.orders import Fill as Fill
from strategies.models.orders import Order as Order
from strategies.models.signals import RefusedAlert as RefusedAlert
from strategies.models.signals import Signal as Signal
from strategies.models.stops import StopSwitch as StopSwitch

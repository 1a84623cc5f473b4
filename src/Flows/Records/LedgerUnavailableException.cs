namespace Slipway.Flows;

/// <summary>The ledger cannot be written or read: its disk has no room, or its server is away. What was to be recorded is to be recorded again.</summary>
public sealed class LedgerUnavailableException(string message, Exception inner) : IOException(message, inner);

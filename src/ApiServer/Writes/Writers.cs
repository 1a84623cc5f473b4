namespace Slipway.ApiServer.Writes;

/// <summary>Who answers which write.</summary>
internal sealed record Writers(Creation Creation, Update Update, Patching Patching, Deletion Deletion, Binding Binding);

using Slipway.ApiServer.Subresources;
using Slipway.ApiServer.Subresources.Evicting;

namespace Slipway.ApiServer.Writes;

/// <summary>Who answers which write.</summary>
internal sealed record Writers(
    Creation Creation, Update Update, Patching Patching, Deletion Deletion, Binding Binding, Scaling Scaling, Evictions Evictions);

using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Flows;

namespace Slipway.Host.Server;

/// <summary>The ledger as a part of the API server's path space.</summary>
internal sealed class LedgerExtension(LedgerApi ledger) : IExtensionApi
{
    public string PathPrefix => LedgerApi.PathPrefix;

    public ValueTask<ApiResponse> SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => ledger.SendAsync(request, cancellation);
}

using Slipway.Api;

namespace Slipway.Client;

/// <summary>Acting as others.</summary>
public static class ActingApi
{
    extension(IApi api)
    {
        /// <summary>The API as a service account, with its rights alone. Who the handle is bound to must be allowed to impersonate it: otherwise requests are refused with 403.</summary>
        /// <param name="ns">Namespace of the account.</param>
        /// <param name="account">Its name.</param>
        public IApi ActingAs(string ns, string account) => new Acting(api, $"system:serviceaccount:{ns}:{account}");
    }

    private sealed class Acting(IApi api, string user) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) => api.SendAsync(request with { ActAs = user }, cancellation);
    }
}

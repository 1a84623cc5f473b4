using Slipway.Api;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Serving;

/// <summary>What stands behind the endpoint.</summary>
internal interface IRequestTarget
{
    /// <summary>Whether a request, by its path and query, is passed on as it comes and lasts as long as both sides want.</summary>
    bool PassesOn(string pathAndQuery);

    /// <summary>Answers a request of a user; refusals are replies.</summary>
    ValueTask<Reply> DispatchAsync(UserInfo user, ApiRequest request, CancellationToken cancellation);

    /// <summary>The reply to a request that is refused before anything is done for it; it is counted and recorded as others are.</summary>
    /// <param name="user">Who asks; <see cref="UserInfo.Unknown"/> if that could not be found out.</param>
    /// <param name="request">The request; its body may not have been read.</param>
    /// <param name="refusal">Why it is refused.</param>
    /// <param name="recorded">What the audit log says of it; null: what the client is told.</param>
    /// <param name="cancellation">Ends the wait for the audit log.</param>
    ValueTask<Reply> RefuseAsync(UserInfo user, ApiRequest request, ApiException refusal, string? recorded, CancellationToken cancellation);

    /// <summary>Counts a request that took too long.</summary>
    /// <param name="request">The request.</param>
    /// <param name="hasBegun">Whether its answer was being taken: the connection is broken off. Otherwise it is answered that it took too long.</param>
    void GiveUp(ApiRequest request, bool hasBegun);
}

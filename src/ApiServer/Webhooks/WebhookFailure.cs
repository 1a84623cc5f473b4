namespace Slipway.ApiServer.Webhooks;

/// <summary>A webhook could not be asked, or did not answer the question; who asked says what that means.</summary>
/// <param name="reason">Why.</param>
/// <param name="duringCall">Whether it was found out by calling, and not before or from the answer.</param>
internal sealed class WebhookFailure(string reason, bool duringCall = false) : Exception(reason)
{
    public bool DuringCall { get; } = duringCall;
}

using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>A webhook that is to be called, and the version of the resource in which it wants to see the objects.</summary>
internal sealed record WebhookCall(Webhook Webhook, ServedResource As);

using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Whom to tell of what becomes of a flow's runs, and how: by one of webhook, slack and email.</summary>
public sealed class FlowNotification
{
    /// <summary>Name, different from others of the flow.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>What is told: Failure of a run; Recovery, the first success after a failure; Late, a run takes longer than the flow's deadline. All if not given.</summary>
    [JsonPropertyName("events")]
    public List<string>? Events { get; set; }

    /// <summary>A JSON document is posted to a URL.</summary>
    [JsonPropertyName("webhook")]
    public NotificationWebhook? Webhook { get; set; }

    /// <summary>A message is posted to an incoming webhook of Slack, or of a chat that takes the same.</summary>
    [JsonPropertyName("slack")]
    public NotificationTarget? Slack { get; set; }

    /// <summary>A mail is sent by SMTP.</summary>
    [JsonPropertyName("email")]
    public NotificationEmail? Email { get; set; }

    /// <summary>Whether an event is told.</summary>
    public bool Tells(string notificationEvent) => Events is null || Events.Contains(notificationEvent);
}

/// <summary>A URL, or where it is kept: whoever knows it may post.</summary>
public class NotificationTarget
{
    /// <summary>The URL, http or https.</summary>
    [JsonPropertyName("url"), Field(MinLength = 1)]
    public string? Url { get; set; }

    /// <summary>The key of a Secret of the namespace that holds the URL, in place of url.</summary>
    [JsonPropertyName("urlFrom")]
    public TaskKeyReference? UrlFrom { get; set; }
}

/// <summary>A URL that takes JSON documents.</summary>
public sealed class NotificationWebhook : NotificationTarget
{
    /// <summary>The key of a Secret of the namespace with which documents are signed: the header X-Slipway-Signature is sha256= and the HMAC of the body, in hexadecimal digits.</summary>
    [JsonPropertyName("signWith")]
    public TaskKeyReference? SignWith { get; set; }
}

/// <summary>A mail by SMTP.</summary>
public sealed class NotificationEmail
{
    /// <summary>Addresses of those who get it.</summary>
    [JsonPropertyName("to"), Field(Required = true, MinLength = 1, MaxLength = 50)]
    public List<string> To { get; set; } = [];

    /// <summary>Address of the sender.</summary>
    [JsonPropertyName("from"), Field(Required = true, MinLength = 1)]
    public string From { get; set; } = "";

    /// <summary>The server that takes mails.</summary>
    [JsonPropertyName("host"), Field(Required = true, MinLength = 1)]
    public string Host { get; set; } = "";

    /// <summary>Its port; 587 if not given.</summary>
    [JsonPropertyName("port"), Field(Minimum = 1, Maximum = 65535)]
    public int? Port { get; set; }

    /// <summary>Whether the connection stays in the clear, for a server that offers no STARTTLS. A password is not sent then.</summary>
    [JsonPropertyName("insecure")]
    public bool? Insecure { get; set; }

    /// <summary>The user to log in as.</summary>
    [JsonPropertyName("username"), Field(MinLength = 1)]
    public string? Username { get; set; }

    /// <summary>The key of a Secret of the namespace that holds the user's password.</summary>
    [JsonPropertyName("passwordFrom")]
    public TaskKeyReference? PasswordFrom { get; set; }
}

/// <summary>What notifications tell.</summary>
public static class NotificationEvent
{
    /// <summary>A run has failed.</summary>
    public const string Failure = "Failure";

    /// <summary>A run has succeeded, and the one before it had failed.</summary>
    public const string Recovery = "Recovery";

    /// <summary>A run takes longer than the deadline.</summary>
    public const string Late = "Late";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Failure, Recovery, Late];
}

/// <summary>How far a notification of a run is.</summary>
public sealed class FlowNotificationStatus
{
    public const string Pending = "Pending";
    public const string Delivered = "Delivered";
    public const string Failed = "Failed";

    /// <summary>Name of the notification in the flow.</summary>
    [JsonPropertyName("name"), Field(Required = true)]
    public string Name { get; set; } = "";

    /// <summary>What it tells: Failure, Recovery or Late.</summary>
    [JsonPropertyName("event"), Field(Required = true)]
    public string Event { get; set; } = "";

    /// <summary>Pending, Delivered or Failed.</summary>
    [JsonPropertyName("phase"), Field(Enum = [Pending, Delivered, Failed])]
    public string Phase { get; set; } = Pending;

    /// <summary>When it became due.</summary>
    [JsonPropertyName("since"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? Since { get; set; }

    /// <summary>How often it was tried.</summary>
    [JsonPropertyName("attempts")]
    public int? Attempts { get; set; }

    /// <summary>When it is tried again.</summary>
    [JsonPropertyName("nextAttemptTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? NextAttemptTime { get; set; }

    /// <summary>Why the last try failed, in one line.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }
}

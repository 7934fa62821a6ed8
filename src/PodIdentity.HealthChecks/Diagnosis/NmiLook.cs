namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>What a look at NMI brought.</summary>
/// <param name="Health">What <c>/healthz</c> answered; <see langword="null"/> where it was not asked.</param>
/// <param name="Fingerprint">What <c>/host/token</c> at the metadata address answered; <see langword="null"/> where it was not asked.</param>
internal readonly record struct NmiLook(PlainAnswer? Health, PlainAnswer? Fingerprint);

export const description = "Has no function.";
